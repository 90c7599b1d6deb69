import ByteSlices
import NDJSON

/// Text that is captured out of the middle of a JSON string.
enum JSONText {
  /// Without escapes. Text inside a string inside a string (Amazon's notifications) is escaped twice: once more, then.
  static func unescaped(_ text: ByteSlice, arena: Arena) -> ByteSlice {
    var text = text
    for _ in 0..<2 where text.contains(0x5C) { text = once(text, arena) }
    return text
  }

  private static func once(_ text: ByteSlice, _ arena: Arena) -> ByteSlice {
    let place = arena.allocate(text.count)
    var out = 0
    var at = 0
    func put(_ byte: UInt8) {
      place[out] = byte
      out += 1
    }
    while at < text.count {
      guard text[at] == 0x5C, at + 1 < text.count else {
        put(text[at])
        at += 1
        continue
      }
      let escape = text[at + 1]
      at += 2
      switch escape {
      case 0x6E, 0x72: put(0x0A)
      case 0x74: put(0x20)
      case 0x75 where at + 4 <= text.count:
        var value: UInt32 = 0
        for i in at..<at + 4 { value = value << 4 | UInt32(text[i].hexValue ?? 0) }
        at += 4
        // Six bytes of escape hold any three of UTF-8; halves of surrogate pairs become a question mark.
        guard let scalar = Unicode.Scalar(value) else {
          put(0x3F)
          continue
        }
        for byte in UTF8.encode(scalar).map(Array.init) ?? [0x3F] { put(byte) }
      default: put(escape)
      }
    }
    arena.shrinkLast(allocated: text.count, kept: out)
    return ByteSlice(base: place, count: out)
  }
}
