import ByteSlices

/// The transfer encoding of a text (RFC 2045 §6), chosen by what it holds.
enum BodyEncoding {
  case sevenBit, quotedPrintable, base64

  /// As RFC 2045 names it.
  var name: StaticString {
    switch self {
    case .sevenBit: "7bit"
    case .quotedPrintable: "quoted-printable"
    case .base64: "base64"
    }
  }

  /// 7bit where the text is ASCII in lines that every server takes; else quoted-printable, which stays readable, or
  /// base64 where that is shorter, as in most scripts but Latin.
  static func best(for text: ByteSlice) -> BodyEncoding {
    if isPlain(text) { return .sevenBit }
    var escaped = 0
    for byte in text where byte >= 0x80 || byte < 0x20 && byte != 0x09 && byte != 0x0A || byte == 0x7F { escaped += 1 }
    return escaped * 6 > text.count ? .base64 : .quotedPrintable
  }

  /// Whether 7bit will do. Most texts are looked at eight bytes at a time.
  private static func isPlain(_ text: ByteSlice) -> Bool {
    let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    var at = 0
    while at < text.count {
      let end = min(at + 8, text.count)
      if end == at + 8 {
        let word = text.raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        let del = word ^ ones &* 0x7F
        let odd = word | ((word &- ones &* 0x20) & ~word) | ((del &- ones) & ~del)
        if odd & tops == 0 {
          at = end
          continue
        }
      }
      while at < end {
        let byte = text.base[at]
        if byte >= 0x7F || byte < 0x20 && byte != 0x0A && byte != 0x09 { return false }
        at += 1
      }
    }
    var start = 0
    while text.count - start > 990 {
      guard let end = text.firstIndex(of: 0x0A, from: start), end - start <= 990 else { return false }
      start = end + 1
    }
    return true
  }

  /// Appends the text, whose lines end in LF, encoded and with a line end behind it.
  func append(_ text: ByteSlice, to out: ByteBuffer) {
    switch self {
    case .sevenBit:
      out.append(text)
      if text.last != 0x0A { out.append(0x0A) }
    case .quotedPrintable: BodyEncoding.appendQuotedPrintable(text, to: out)
    case .base64:
      // The line ends inside are part of the text, whose canonical form has CRLF (RFC 2046 §4.1.1).
      let canonical = ByteBuffer(capacity: text.count + text.count / 16 + 64)
      LineEnds.append(text, crlfTo: canonical)
      Base64Text.appendLines(canonical.slice, to: out)
    }
  }

  static let hex: [UInt8] = Array("0123456789ABCDEF".utf8)

  private static func appendQuotedPrintable(_ text: ByteSlice, to out: ByteBuffer) {
    var rest = text
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0A) ?? rest.count
      appendLine(rest.prefix(end), to: out)
      out.append(0x0A)
      rest = rest.dropFirst(end + 1)
    }
  }

  private static func appendLine(_ line: ByteSlice, to out: ByteBuffer) {
    // The longest line's encoding: three bytes for each, and soft line breaks.
    let text = out.reserve(line.count * 3 + line.count * 3 / 60 * 2 + 16)
    var to = 0
    var column = 0
    hex.withUnsafeBufferPointer { hex in
      for at in 0..<line.count {
        let byte = line.base[at]
        let isLast = at + 1 == line.count
        // A blank at a line's end would be lost; "From " at its start would be quoted by an mbox.
        let isLiteral =
          byte > 0x20 && byte < 0x7F && byte != 0x3D || (byte == 0x20 || byte == 0x09) && !isLast
        let isFrom = byte == 0x46 && column == 0 && line.dropFirst(at).hasPrefix("From ")
        let width = isLiteral && !isFrom ? 1 : 3
        if column + width > (isLast ? 76 : 75) {
          text[to] = 0x3D
          text[to + 1] = 0x0A
          to += 2
          column = 0
        }
        if width == 1 {
          text[to] = byte
        } else {
          text[to] = 0x3D
          text[to + 1] = hex[Int(byte >> 4)]
          text[to + 2] = hex[Int(byte & 15)]
        }
        to += width
        column += width
      }
    }
    out.commit(to)
  }
}

/// Line ends of what is sent.
enum LineEnds {
  /// Appends a text whose lines end in LF, with CRLF.
  static func append(_ text: ByteSlice, crlfTo out: ByteBuffer) {
    var rest = text
    while let end = rest.firstIndex(of: 0x0A) {
      out.append(rest.prefix(end))
      out.append("\r\n")
      rest = rest.dropFirst(end + 1)
    }
    out.append(rest)
  }
}
