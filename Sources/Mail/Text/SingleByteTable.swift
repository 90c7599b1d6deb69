import ByteSlices
import CShims

/// What each byte of a single-byte charset is in UTF-8.
struct SingleByteTable {
  /// Up to three bytes of UTF-8 in the low bits, their count in the highest byte.
  private let entries: [UInt32]

  /// Asks iconv for each of the 256 bytes; those without meaning become U+FFFD.
  init(descriptor: iconv_t) {
    entries = (0..<256).map { byte in
      var input = CChar(truncatingIfNeeded: byte)
      var output: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0, 0, 0, 0)
      _ = CShims.iconv(descriptor, nil, nil, nil, nil)
      let length = withUnsafeMutablePointer(to: &input) { input in
        withUnsafeMutableBytes(of: &output) { output in
          var source: UnsafeMutablePointer<CChar>? = input
          var left = 1
          var target: UnsafeMutablePointer<CChar>? = output.baseAddress?.assumingMemoryBound(to: CChar.self)
          var room = 8
          let result = CShims.iconv(descriptor, &source, &left, &target, &room)
          // The second call brings out what a stateful charset (CP1255, CP1258) holds back.
          _ = CShims.iconv(descriptor, nil, nil, &target, &room)
          return result == -1 || left > 0 ? 0 : 8 - room
        }
      }
      guard length >= 1, length <= 3 else { return SingleByteTable.entry(0xFFFD) }
      return UInt32(length) << 24 | UInt32(output.2) << 16 | UInt32(output.1) << 8 | UInt32(output.0)
    }
  }

  private init(scalars: [UInt32]) { entries = scalars.map(SingleByteTable.entry) }

  private static func entry(_ scalar: UInt32) -> UInt32 {
    if scalar < 0x80 { return 1 << 24 | scalar }
    let last = scalar & 0x3F | 0x80
    if scalar < 0x800 { return 2 << 24 | last << 8 | scalar >> 6 | 0xC0 }
    return 3 << 24 | last << 16 | (scalar >> 6 & 0x3F | 0x80) << 8 | scalar >> 12 | 0xE0
  }

  /// Windows-1252, which browsers and mail readers also take ISO-8859-1 for.
  static let windows1252 = SingleByteTable(
    scalars: (0..<0x80).map(UInt32.init) + [
      0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD,
      0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
      0x0153, 0xFFFD, 0x017E, 0x0178,
    ] + (0xA0...0xFF).map(UInt32.init))

  /// The code point of one byte.
  func scalar(_ byte: UInt8) -> UInt32 {
    let entry = entries[Int(byte)]
    let second = entry >> 8 & 0x3F
    switch entry >> 24 {
    case 1: return entry & 0x7F
    case 2: return (entry & 0x1F) << 6 | second
    default: return (entry & 0x0F) << 12 | second << 6 | entry >> 16 & 0x3F
    }
  }

  /// The bytes as UTF-8.
  func utf8(_ bytes: ByteSlice, _ arena: Arena) -> ByteSlice {
    let room = bytes.count * 3 + 4
    let out = arena.allocate(room)
    var written = 0
    entries.withUnsafeBufferPointer { entries in
      for byte in bytes {
        let entry = entries[Int(byte)]
        out[written] = UInt8(truncatingIfNeeded: entry)
        out[written + 1] = UInt8(truncatingIfNeeded: entry >> 8)
        out[written + 2] = UInt8(truncatingIfNeeded: entry >> 16)
        written += Int(entry >> 24)
      }
    }
    arena.shrinkLast(allocated: room, kept: written)
    return ByteSlice(base: out, count: written)
  }
}
