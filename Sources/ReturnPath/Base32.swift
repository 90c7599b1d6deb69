import ByteSlices

/// Base32 (RFC 4648 §6) without padding, in lower case: the one alphabet that a local part carries unharmed, whatever
/// folds its case.
enum Base32 {
  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

  /// Writes `count` bytes, a multiple of 5, as 8 letters for each 5.
  static func encode(_ bytes: UnsafePointer<UInt8>, count: Int, into text: UnsafeMutablePointer<UInt8>) {
    alphabet.withUnsafeBufferPointer { alphabet in
      for group in 0..<count / 5 {
        var word: UInt64 = 0
        for at in 0..<5 { word = word << 8 | UInt64(bytes[group * 5 + at]) }
        for at in 0..<8 { text[group * 8 + at] = alphabet[Int(word >> UInt64(35 - 5 * at) & 31)] }
      }
    }
  }

  /// Reads a multiple of 8 letters of either case; false when there is any other byte.
  static func decode(_ text: ByteSlice, into bytes: UnsafeMutablePointer<UInt8>) -> Bool {
    var bad: UInt8 = 0
    for group in 0..<text.count / 8 {
      var word: UInt64 = 0
      for at in 0..<8 {
        let value = value(of: text.base[group * 8 + at])
        bad |= value & 0xE0
        word = word << 5 | UInt64(value & 31)
      }
      for at in 0..<5 { bytes[group * 5 + at] = UInt8(truncatingIfNeeded: word >> UInt64(32 - 8 * at)) }
    }
    return bad == 0
  }

  /// 0 to 31; more for a byte that is no letter of the alphabet.
  @inline(__always) static func value(of byte: UInt8) -> UInt8 {
    let letter = (byte | 0x20) &- 0x61
    if letter < 26 { return letter }
    let digit = byte &- 0x32
    return digit < 6 ? digit + 26 : 0xFF
  }
}
