import ByteSlices

/// Writes header fields (RFC 5322 §2.2): folded, and with encoded words (RFC 2047) where a value is not ASCII.
///
/// Control characters become spaces, so that no value can end its field. Lines end in LF.
struct HeaderWriter {
  /// The length that lines should not pass (RFC 5322 §2.1.1), and that which encoded words must not (RFC 2047 §2).
  private static let lineLimit = 78
  private static let wordLimit = 75
  private let out: ByteBuffer

  init(_ out: ByteBuffer) { self.out = out }

  /// A field of free text: a subject, a comment.
  func text(_ name: StaticString, _ value: ByteSlice) { text(ByteSlice(name), value) }

  func text(_ name: ByteSlice, _ value: ByteSlice) {
    out.append(name)
    out.append(": ")
    let value = value.trimmed
    if HeaderWriter.isPlain(value) {
      folded(value, column: name.count + 2)
    } else {
      encodedWords(value, column: name.count + 2, isPhrase: false)
    }
    out.append(0x0A)
  }

  /// A field whose value is taken as it is: addresses between `<>`, tokens. It must be ASCII and short.
  func plain(_ name: StaticString, _ value: ByteSlice) {
    out.append(name)
    out.append(": ")
    out.append(value)
    out.append(0x0A)
  }

  /// A field with one mailbox, or one list of RFC 2919: a phrase, and an address between `<>`.
  func mailbox(_ name: StaticString, phrase: ByteSlice, address: ByteSlice) {
    out.append(name)
    out.append(": ")
    let start = out.count - name.utf8CodeUnitCount - 2
    let phrase = phrase.trimmed
    if !phrase.isEmpty {
      writePhrase(phrase, column: out.count - start)
      let line = out.slice.lastIndex(of: 0x0A).map { $0 >= start ? $0 + 1 : start } ?? start
      out.append(out.count - line + address.count + 3 > HeaderWriter.lineLimit ? "\n <" : " <")
    } else {
      out.append("<")
    }
    out.append(address)
    out.append(">\n")
  }

  // MARK: values

  /// Printable ASCII that no reader takes for encoded words, in words that fit on a line.
  private static func isPlain(_ value: ByteSlice) -> Bool {
    var word = 0
    for byte in value {
      if byte < 0x20 || byte > 0x7E { return false }
      word = byte == 0x20 ? 0 : word + 1
      if word > 900 { return false }
    }
    return !value.contains("=?")
  }

  private func folded(_ value: ByteSlice, column: Int) {
    var column = column
    var rest = value
    while !rest.isEmpty {
      // The blanks before a word belong to it: a fold is put in front of them, and none is lost.
      var end = 0
      while end < rest.count, rest.base[end] == 0x20 { end += 1 }
      while end < rest.count, rest.base[end] != 0x20 { end += 1 }
      if column + end > HeaderWriter.lineLimit, rest.base[0] == 0x20 {
        out.append(0x0A)
        column = 0
      }
      out.append(rest.prefix(end))
      column += end
      rest = rest.dropFirst(end)
    }
  }

  private func writePhrase(_ phrase: ByteSlice, column: Int) {
    guard HeaderWriter.isPlain(phrase) else { return encodedWords(phrase, column: column, isPhrase: true) }
    let isAtoms = !phrase.contains { !($0.isASCIIAlphanumeric || $0 == 0x20 || HeaderWriter.isAtomMark($0)) }
    if isAtoms { return folded(phrase, column: column) }
    out.append(0x22)
    for byte in phrase {
      if byte == 0x22 || byte == 0x5C { out.append(0x5C) }
      out.append(byte)
    }
    out.append(0x22)
  }

  private static func isAtomMark(_ byte: UInt8) -> Bool { "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte) }

  // MARK: encoded words

  /// Writes the whole value as encoded words: in Q or B, whichever is shorter; none cuts a character in two.
  private func encodedWords(_ value: ByteSlice, column: Int, isPhrase: Bool) {
    var quoted = 0
    for byte in value { quoted += HeaderWriter.isLiteral(byte, isPhrase) ? 1 : 3 }
    let useQ = quoted <= (value.count + 2) / 3 * 4
    let frame = "=?utf-8?Q?".utf8.count + "?=".utf8.count
    var column = column
    var at = 0
    var isFirst = true
    while at < value.count {
      let room = min(HeaderWriter.wordLimit, HeaderWriter.lineLimit - 2 - column) - frame
      let end = HeaderWriter.end(
        of: value, from: at, room: isFirst ? max(room, 0) : HeaderWriter.wordLimit - 1 - frame, useQ, isPhrase)
      if end == at {
        // Nothing fits behind the field's name.
        out.append("\n ")
        column = 1
        isFirst = false
        continue
      }
      if !isFirst, at > 0 { out.append("\n ") }
      out.append(useQ ? "=?utf-8?Q?" : "=?utf-8?B?")
      let piece = value.slice(at, end)
      if useQ { appendQ(piece, isPhrase) } else { appendB(piece) }
      out.append("?=")
      at = end
      isFirst = false
    }
  }

  /// Where a word that begins at `from` ends, at a character's end. At least one character is taken once `room` is that
  /// of a line of its own.
  private static func end(of value: ByteSlice, from: Int, room: Int, _ useQ: Bool, _ isPhrase: Bool) -> Int {
    var at = from
    var used = 0
    while at < value.count {
      var next = at + 1
      while next < value.count, next < at + 4, value.base[next] & 0xC0 == 0x80 { next += 1 }
      if useQ {
        for byte in value.slice(at, next) { used += isLiteral(byte, isPhrase) ? 1 : 3 }
        if used > room { break }
      } else if (next - from + 2) / 3 * 4 > room {
        break
      }
      at = next
    }
    return at
  }

  /// What Q leaves as it is: in a phrase only letters, digits and five marks (RFC 2047 §5); a space becomes `_`.
  private static func isLiteral(_ byte: UInt8, _ isPhrase: Bool) -> Bool {
    if byte.isASCIIAlphanumeric || byte == 0x20 { return true }
    if isPhrase { return "!*+-/".utf8.contains(byte) }
    return byte > 0x20 && byte < 0x7F && byte != 0x3D && byte != 0x3F && byte != 0x5F
  }

  private func appendQ(_ text: ByteSlice, _ isPhrase: Bool) {
    for byte in text {
      let byte = byte < 0x20 || byte == 0x7F ? 0x20 : byte
      if byte == 0x20 {
        out.append(0x5F)
      } else if HeaderWriter.isLiteral(byte, isPhrase) {
        out.append(byte)
      } else {
        out.append(0x3D)
        out.append(BodyEncoding.hex[Int(byte >> 4)])
        out.append(BodyEncoding.hex[Int(byte & 15)])
      }
    }
  }

  private func appendB(_ text: ByteSlice) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { copy in
      for at in 0..<text.count { copy[at] = text.base[at] < 0x20 || text.base[at] == 0x7F ? 0x20 : text.base[at] }
      guard let base = copy.baseAddress else { return }
      Base64Text.append(ByteSlice(base: base, count: text.count), to: out)
    }
  }
}
