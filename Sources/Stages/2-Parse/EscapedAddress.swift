import ByteSlices

/// Undoes the escapes that addresses pick up on their way into a report.
enum EscapedAddress {
  /// Undoes `\x{E9}` (RFC 6533 §3), Exim's `\303\251`, and the xtext (RFC 3461 §4) of the few characters that ORCPT
  /// must escape. A plus sign that is part of the address stays one.
  static func undo(_ address: ByteSlice, _ arena: Arena) -> ByteSlice {
    guard address.contains(0x5C) || address.contains(0x2B) else { return address }
    let room = address.count + 4
    let out = arena.allocate(room)
    var written = 0
    var at = 0
    while at < address.count {
      let byte = address[at]
      if byte == 0x5C, let (scalar, end) = unicode(address, at) {
        for unit in scalar.utf8 {
          out[written] = unit
          written += 1
        }
        at = end
      } else if byte == 0x5C, let value = octal(address, at) {
        out[written] = value
        written += 1
        at += 4
      } else if byte == 0x2B, let value = xtext(address, at) {
        out[written] = value
        written += 1
        at += 3
      } else {
        out[written] = byte
        written += 1
        at += 1
      }
    }
    arena.shrinkLast(allocated: room, kept: written)
    return ByteSlice(base: out, count: written)
  }

  /// `\x{HEX}` at `at`: at least five bytes, which the UTF-8 of no code point exceeds.
  private static func unicode(_ address: ByteSlice, _ at: Int) -> (Unicode.Scalar, Int)? {
    guard at + 4 < address.count, address[at + 1] == 0x78, address[at + 2] == 0x7B else { return nil }
    var value: UInt32 = 0
    var end = at + 3
    while end < address.count, end - at < 10, let digit = address[end].hexValue {
      value = value << 4 | UInt32(digit)
      end += 1
    }
    guard end > at + 3, end < address.count, address[end] == 0x7D, value > 0x20, let scalar = Unicode.Scalar(value)
    else {
      return nil
    }
    return (scalar, end + 1)
  }

  /// A byte past ASCII as three octal digits.
  private static func octal(_ address: ByteSlice, _ at: Int) -> UInt8? {
    guard at + 3 < address.count, address[at + 1] == 0x32 || address[at + 1] == 0x33 else { return nil }
    let second = address[at + 2] &- 0x30
    let third = address[at + 3] &- 0x30
    guard second < 8, third < 8 else { return nil }
    return (address[at + 1] &- 0x30) << 6 | second << 3 | third
  }

  /// `+2B` and `+3D`, which ORCPT must escape, and `+40`, where no other at sign stands.
  private static func xtext(_ address: ByteSlice, _ at: Int) -> UInt8? {
    guard at + 2 < address.count else { return nil }
    switch (address[at + 1], address[at + 2]) {
    case (0x32, 0x42): return 0x2B
    case (0x33, 0x44): return 0x3D
    case (0x34, 0x30) where !address.contains(0x40): return 0x40
    default: return nil
    }
  }
}
