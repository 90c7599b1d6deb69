import ByteSlices
import CShims
import NDJSON

/// Reads header values as people see them: unfolded, encoded words (RFC 2047) decoded, in UTF-8.
public struct HeaderText {
  private let arena: Arena
  private let charsets: CharsetConverter
  /// The value that is being put together, and the bytes of the words that are being joined.
  private let joined = ByteBuffer(capacity: 4096)
  private let bytes = ByteBuffer(capacity: 1024)

  public init(arena: Arena, charsets: CharsetConverter) {
    self.arena = arena
    self.charsets = charsets
  }

  /// The value as text: the slice itself when it needs nothing. At most about `cap` bytes are read.
  public func decode(_ raw: ByteSlice, cap: Int = 16 << 10, flags: inout MailFlags) -> ByteSlice {
    if raw.count > cap { flags.insert(.headerCapped) } else if HeaderText.isPlain(raw) { return raw }
    let value = HeaderText.unfold(HeaderText.cut(raw, cap), arena)
    if let first = value.firstIndex(of: "=?") { return words(value, first, &flags) }
    if value.isASCII, !value.contains(0x1B), !value.contains(0) { return value }
    return charsets.utf8(value, flags: &flags)
  }

  /// True when the value is text as it stands: one line of printable ASCII without a `=?`. Most values are.
  private static func isPlain(_ value: ByteSlice) -> Bool { rm_is_plain_value(value.base, value.count) != 0 }

  /// At most `cap` bytes, not cut inside a UTF-8 sequence.
  public static func cut(_ bytes: ByteSlice, _ cap: Int) -> ByteSlice {
    guard bytes.count > cap else { return bytes }
    var end = max(cap, 0)
    var back = 0
    while end > 0, back < 3, bytes.base[end] & 0xC0 == 0x80 {
      end -= 1
      back += 1
    }
    return bytes.prefix(end)
  }

  /// Folds taken out (RFC 5322 §2.2.3): a line break and the white space after it become one space.
  public static func unfold(_ raw: ByteSlice, _ arena: Arena) -> ByteSlice {
    guard raw.contains(0x0A) else { return raw }
    let out = arena.allocate(raw.count)
    var written = 0
    var at = 0
    while at < raw.count {
      let lineEnd = raw.firstIndex(of: 0x0A, from: at) ?? raw.count
      var stop = lineEnd
      while stop > at, raw.base[stop - 1].isASCIISpace { stop -= 1 }
      while at < stop, raw.base[at].isASCIISpace { at += 1 }
      if stop > at {
        if written > 0 {
          out[written] = 0x20
          written += 1
        }
        (out + written).update(from: raw.base + at, count: stop - at)
        written += stop - at
      }
      at = lineEnd + 1
    }
    arena.shrinkLast(allocated: raw.count, kept: written)
    return ByteSlice(base: out, count: written)
  }

  // MARK: encoded words

  private struct Word {
    var charset: ByteSlice
    var isBase64: Bool
    var text: ByteSlice
    var end: Int
  }

  private func words(_ value: ByteSlice, _ first: Int, _ flags: inout MailFlags) -> ByteSlice {
    let out = joined
    out.removeAll()
    var at = 0
    var next: Int? = first
    while let start = next {
      guard let word = word(value, start) else {
        next = value.firstIndex(of: "=?", from: start + 2)
        continue
      }
      out.append(plain(value.slice(at, start), &flags))
      at = run(value, word, out, &flags)
      next = value.firstIndex(of: "=?", from: at)
    }
    out.append(plain(value.slice(at, value.count), &flags))
    return arena.copy(out.slice)
  }

  /// Decodes a word and those that follow it with nothing but white space between, which does not count. Words of one
  /// charset are joined before it is converted: writers split characters.
  private func run(_ value: ByteSlice, _ first: Word, _ out: ByteBuffer, _ flags: inout MailFlags) -> Int {
    var word = first
    bytes.removeAll()
    append(word, to: bytes)
    while true {
      var start = word.end
      while start < value.count, value.base[start].isASCIISpace { start += 1 }
      guard start < value.count, let next = self.word(value, start) else { break }
      if !next.charset.equals(caseless: word.charset) {
        out.append(clean(charsets.utf8(arena.copy(bytes.slice), label: word.charset, flags: &flags)))
        bytes.removeAll()
      }
      word = next
      append(word, to: bytes)
    }
    out.append(clean(charsets.utf8(arena.copy(bytes.slice), label: word.charset, flags: &flags)))
    return word.end
  }

  /// `=?charset?B?text?=` at `start`, or nil. Spaces inside are put up with, as are a missing end and RFC 2231's
  /// language.
  private func word(_ value: ByteSlice, _ start: Int) -> Word? {
    guard start + 8 <= value.count, value.base[start] == 0x3D, value.base[start + 1] == 0x3F,
      let mark = value.firstIndex(of: 0x3F, from: start + 2), mark - start < 80, mark + 2 < value.count,
      value.base[mark + 2] == 0x3F
    else { return nil }
    let method = value.base[mark + 1] | 0x20
    guard method == 0x62 || method == 0x71 else { return nil }
    let textStart = mark + 3
    var search = textStart
    // A "?=" that begins "?=20" is text of a broken Q word, not its end.
    var end = -1
    while let question = value.firstIndex(of: 0x3F, from: search) {
      if question + 1 < value.count, value.base[question + 1] == 0x3D {
        end = question
        break
      }
      search = question + 1
    }
    guard end >= 0 else { return nil }
    var charset = value.slice(start + 2, mark)
    if let (label, _) = charset.cut(at: 0x2A) { charset = label }
    return Word(charset: charset, isBase64: method == 0x62, text: value.slice(textStart, end), end: end + 2)
  }

  private func append(_ word: Word, to bytes: ByteBuffer) {
    if word.isBase64 {
      var ignored = MailFlags()
      bytes.append(Base64.decode(word.text, cap: word.text.count, arena: arena, flags: &ignored).bytes)
      return
    }
    let text = word.text
    var at = 0
    while at < text.count {
      let byte = text.base[at]
      if byte == 0x3D, at + 2 < text.count, let high = text.base[at + 1].hexValue,
        let low = text.base[at + 2].hexValue
      {
        bytes.append(high << 4 | low)
        at += 3
      } else {
        bytes.append(byte == 0x5F ? 0x20 : byte)
        at += 1
      }
    }
  }

  private func plain(_ text: ByteSlice, _ flags: inout MailFlags) -> ByteSlice {
    text.isASCII && !text.contains(0x1B) && !text.contains(0) ? text : charsets.utf8(text, flags: &flags)
  }

  /// A header value is one line, whatever an encoded word smuggles in.
  private func clean(_ text: ByteSlice) -> ByteSlice {
    guard text.contains(0x0A) || text.contains(0x0D) else { return text }
    let copy = arena.allocate(text.count)
    for i in 0..<text.count { copy[i] = text[i] == 0x0A || text[i] == 0x0D ? 0x20 : text[i] }
    return ByteSlice(base: copy, count: text.count)
  }
}
