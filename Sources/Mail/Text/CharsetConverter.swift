import ByteSlices
import CShims
import NDJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Turns bytes of any charset into UTF-8. What does not fit becomes U+FFFD and is flagged; labels that lie are seen
/// through where the bytes prove it.
///
/// A worker keeps one: it caches iconv descriptors and single-byte tables. Not thread-safe.
public final class CharsetConverter {
  private let arena: Arena
  private var endIsCut = false
  private var tables: [(name: String, table: SingleByteTable)] = []
  private var descriptors: [(name: String, descriptor: iconv_t?)] = []

  public init(arena: Arena) { self.arena = arena }

  deinit {
    for entry in descriptors { if let open = entry.descriptor { iconv_close(open) } }
  }

  /// The bytes as UTF-8 without NULs and byte order mark: the bytes themselves when they are that already. A sequence
  /// that the end cuts is no error where the bytes are `cut` from more.
  public func utf8(
    _ bytes: ByteSlice, label: ByteSlice = .empty, cut: Bool = false, flags: inout MailFlags
  ) -> ByteSlice {
    var bytes = bytes
    if cut {
      endIsCut = true
      bytes = CharsetConverter.withoutBrokenEnd(bytes)
    }
    defer { endIsCut = false }
    let text = converted(bytes, label, &flags)
    return withoutMarks(text, &flags)
  }

  /// Without the first bytes of a UTF-8 sequence that ends elsewhere.
  private static func withoutBrokenEnd(_ bytes: ByteSlice) -> ByteSlice {
    var back = 1
    while back <= min(3, bytes.count) {
      let byte = bytes.base[bytes.count - back]
      if byte >= 0xC0 {
        let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
        return length > back ? bytes.dropLast(back) : bytes
      }
      if byte < 0x80 { return bytes }
      back += 1
    }
    return bytes
  }

  private func converted(_ bytes: ByteSlice, _ label: ByteSlice, _ flags: inout MailFlags) -> ByteSlice {
    if let marked = byMark(bytes, &flags) { return marked }
    let charset = Charset(label: label)
    if bytes.isASCII {
      switch charset {
      case .multiByte(let name): return pure(bytes, name) ? bytes : iconv(bytes, name, &flags) ?? bytes
      case .other, .unknown, .ascii, .utf8:
        // Escape sequences tell ISO-2022-JP, whatever the label says (RFC 1468).
        guard bytes.contains(0x1B), hasJapaneseEscape(bytes) else { return bytes }
        return iconv(bytes, "ISO-2022-JP-3", &flags) ?? bytes
      case .windows1252, .singleByte: return bytes
      }
    }
    switch charset {
    case .utf8: return isUTF8(bytes) ? bytes : unlabelled(bytes, &flags)
    case .multiByte(let name):
      if !name.hasPrefix("UTF-16"), isUTF8(bytes) { return bytes }
      return iconv(bytes, name, &flags) ?? unlabelled(bytes, &flags)
    case .ascii, .unknown, .windows1252:
      if isUTF8(bytes) { return bytes }
      if charset == .windows1252 { return SingleByteTable.windows1252.utf8(bytes, arena) }
      return unlabelled(bytes, &flags)
    case .singleByte(let name):
      if isUTF8(bytes) { return bytes }
      return table(name)?.utf8(bytes, arena) ?? unlabelled(bytes, &flags)
    case .other:
      if isUTF8(bytes) { return bytes }
      let name = String(label.trimmed)
      guard name.utf8.count < 40, name.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "-_.:+".utf8.contains($0) }),
        let text = iconv(bytes, name, &flags)
      else {
        flags.insert(.badCharset)
        return unlabelled(bytes, &flags)
      }
      return text
    }
  }

  /// Bytes past ASCII of which nothing trustworthy is known, and which are not all UTF-8.
  private func unlabelled(_ bytes: ByteSlice, _ flags: inout MailFlags) -> ByteSlice {
    flags.insert(.badCharset)
    if hasJapaneseEscape(bytes), let text = iconv(bytes, "ISO-2022-JP-3", &flags) { return text }
    switch CharsetGuess(bytes) {
    case .utf8: return repairedUTF8(bytes)
    case .windows1252: return SingleByteTable.windows1252.utf8(bytes, arena)
    case .singleByte(let name):
      return (table(name) ?? SingleByteTable.windows1252).utf8(bytes, arena)
    case .multiByte(let name):
      return iconv(bytes, name, &flags) ?? SingleByteTable.windows1252.utf8(bytes, arena)
    }
  }

  // MARK: marks

  /// By a byte order mark, which counts for more than any label.
  private func byMark(_ bytes: ByteSlice, _ flags: inout MailFlags) -> ByteSlice? {
    guard bytes.count >= 2, bytes.base[0] >= 0xFE else { return nil }
    if bytes.base[0] == 0xFF, bytes.base[1] == 0xFE { return iconv(bytes.dropFirst(2), "UTF-16LE", &flags) }
    if bytes.base[0] == 0xFE, bytes.base[1] == 0xFF { return iconv(bytes.dropFirst(2), "UTF-16BE", &flags) }
    return nil
  }

  private func withoutMarks(_ text: ByteSlice, _ flags: inout MailFlags) -> ByteSlice {
    var text = text
    if text.count >= 3, text.base[0] == 0xEF, text.base[1] == 0xBB, text.base[2] == 0xBF { text = text.dropFirst(3) }
    guard text.contains(0) else { return text }
    flags.insert(.nulBytes)
    let out = arena.allocate(text.count)
    var written = 0
    for byte in text where byte != 0 {
      out[written] = byte
      written += 1
    }
    arena.shrinkLast(allocated: text.count, kept: written)
    return ByteSlice(base: out, count: written)
  }

  /// True when ASCII bytes mean themselves in this charset: neither shifts nor two-byte units.
  private func pure(_ bytes: ByteSlice, _ name: String) -> Bool {
    if name.hasPrefix("UTF-16") { return false }
    if name == "UTF-7" { return !bytes.contains(0x2B) }
    if name == "HZ" { return !bytes.contains(0x7E) }
    return !bytes.contains(0x1B) && !bytes.contains(0x0E)
  }

  private func hasJapaneseEscape(_ bytes: ByteSlice) -> Bool {
    bytes.contains("\u{1B}$B") || bytes.contains("\u{1B}$@") || bytes.contains("\u{1B}(J")
  }

  private func isUTF8(_ bytes: ByteSlice) -> Bool { UTF8Sequence.isValid(bytes) }

  private func repairedUTF8(_ bytes: ByteSlice) -> ByteSlice {
    let room = bytes.count * 3
    let out = arena.allocate(room)
    var written = 0
    var at = 0
    while at < bytes.count {
      let length = UTF8Sequence.length(bytes, at)
      if length > 0 {
        for i in 0..<length { out[written + i] = bytes.base[at + i] }
        written += length
        at += length
      } else {
        written += replacement(out + written)
        at += 1
      }
    }
    arena.shrinkLast(allocated: room, kept: written)
    return ByteSlice(base: out, count: written)
  }

  @inline(__always) private func replacement(_ out: UnsafeMutablePointer<UInt8>) -> Int {
    out[0] = 0xEF
    out[1] = 0xBF
    out[2] = 0xBD
    return 3
  }

  // MARK: tables and descriptors

  private func table(_ name: String) -> SingleByteTable? {
    for entry in tables where entry.name == name { return entry.table }
    guard let open = descriptor(name) else { return nil }
    let table = SingleByteTable(descriptor: open)
    tables.append((name, table))
    return table
  }

  private func descriptor(_ name: String) -> iconv_t? {
    for entry in descriptors where entry.name == name { return entry.descriptor }
    // A hostile batch must not fill the memory with names.
    guard descriptors.count < 64 else { return nil }
    let open = iconv_open("UTF-8", name)
    let valid = open == iconv_t(bitPattern: -1) ? nil : open
    descriptors.append((name, valid))
    return valid
  }

  /// Converts by iconv; nil when it does not know the charset.
  private func iconv(_ bytes: ByteSlice, _ name: String, _ flags: inout MailFlags) -> ByteSlice? {
    guard let open = descriptor(name) else { return nil }
    _ = CShims.iconv(open, nil, nil, nil, nil)
    var room = bytes.count * 3 + 16
    var out = arena.allocate(room)
    var written = 0
    var source: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(mutating: bytes.base)
      .assumingMemoryBound(to: CChar.self)
    var sourceLeft = bytes.count
    while true {
      var target: UnsafeMutablePointer<CChar>? = UnsafeMutableRawPointer(out + written)
        .assumingMemoryBound(to: CChar.self)
      var targetLeft = room - written
      let result = CShims.iconv(open, &source, &sourceLeft, &target, &targetLeft)
      let code = errno
      written = room - targetLeft
      if result != -1 || sourceLeft == 0 { break }
      if code == E2BIG || room - written < 4 {
        let bigger = arena.allocate(room * 2)
        bigger.update(from: out, count: written)
        out = bigger
        room *= 2
        if code == E2BIG { continue }
      }
      if code == EINVAL, endIsCut { break }
      // A sequence that means nothing, or is cut off: one replacement, one byte on.
      flags.insert(.badCharset)
      written += replacement(out + written)
      if code == EINVAL { break }
      source = source.map { $0 + 1 }
      sourceLeft -= 1
      if sourceLeft == 0 { break }
    }
    arena.shrinkLast(allocated: room, kept: written)
    return ByteSlice(base: out, count: written)
  }
}
