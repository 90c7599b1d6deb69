import ByteSlices

/// The one form in which rules see text: without case, accents or typography.
///
/// ASCII letters become small; patterns are matched byte by byte, and know no others. So text that is not ASCII is folded further, and patterns are
/// folded the same way: Latin letters lose case and accents (`Größe` is `grosse`, so that people
/// who write without accents are understood too), Greek and Cyrillic their case and accents, fullwidth forms become
/// ASCII, typographic quotes, dashes and spaces their plain kin; soft hyphens and zero-width marks vanish. All other
/// characters stay as they are. The folded text is never longer than the text.
enum CaseFolding {
  /// The folded form, written to `scratch`.
  static func fold(_ text: ByteSlice, into scratch: ByteBuffer) -> ByteSlice {
    scratch.removeAll()
    let out = scratch.reserve(text.count)
    if lowercase(text, to: out) {
      scratch.commit(text.count)
      return scratch.slice
    }
    let written = table.withUnsafeBufferPointer { write(text, to: out, $0) }
    scratch.commit(written)
    return scratch.slice
  }

  /// The folded form of a pattern's character: ASCII as it is: matching knows no case there.
  static func fold(_ scalar: Unicode.Scalar) -> [UInt8] {
    if scalar.isASCII { return [UInt8(scalar.value)] }
    let scratch = ByteBuffer(capacity: 64)
    return String(scalar).withByteSlice { Array(fold($0, into: scratch)) }
  }

  /// Writes the text with its ASCII letters in lower case; false when it holds more than ASCII.
  private static func lowercase(_ text: ByteSlice, to out: UnsafeMutablePointer<UInt8>) -> Bool {
    let base = text.base
    var all: UInt8 = 0
    for i in 0..<text.count {
      let byte = base[i]
      all |= byte
      out[i] = byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
    return all < 0x80
  }

  /// How many bytes are folded as one.
  static func step(_ text: ByteSlice, _ at: Int) -> Int {
    let byte = text[at]
    if byte & 0xE0 == 0xC0, at + 1 < text.count { return 2 }
    return byte & 0xF0 == 0xE0 && at + 2 < text.count ? 3 : 1
  }

  private static func write(
    _ text: ByteSlice, to out: UnsafeMutablePointer<UInt8>, _ table: UnsafeBufferPointer<UInt32>
  ) -> Int {
    var from = 0
    var to = 0
    let count = text.count
    let base = text.base
    while from < count {
      let byte = base[from]
      if byte < 0x80 {
        out[to] = byte &- 0x41 < 26 ? byte | 0x20 : byte
        from += 1
        to += 1
      } else if byte & 0xE0 == 0xC0, from + 1 < count {
        let scalar = Int(byte & 0x1F) << 6 | Int(base[from + 1] & 0x3F)
        to += put(table[scalar], at: out + to)
        from += 2
      } else if byte & 0xF0 == 0xE0, from + 2 < count {
        let scalar = UInt32(byte & 0x0F) << 12 | UInt32(base[from + 1] & 0x3F) << 6 | UInt32(base[from + 2] & 0x3F)
        if let plain = plainForm(scalar) {
          to += put(plain, at: out + to)
        } else {
          for i in 0..<3 { out[to + i] = base[from + i] }
          to += 3
        }
        from += 3
      } else {
        out[to] = byte
        from += 1
        to += 1
      }
    }
    return to
  }

  /// Writes up to two bytes: the low byte is the number, the others are they.
  @inline(__always) private static func put(_ packed: UInt32, at out: UnsafeMutablePointer<UInt8>) -> Int {
    let count = Int(packed & 0xFF)
    if count > 0 { out[0] = UInt8(truncatingIfNeeded: packed >> 8) }
    if count > 1 { out[1] = UInt8(truncatingIfNeeded: packed >> 16) }
    return count
  }

  private static func pack(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var packed: UInt32 = 0
    var count: UInt32 = 0
    for byte in bytes.prefix(2) {
      count += 1
      packed |= UInt32(byte) << (8 * count)
    }
    return packed | count
  }

  /// Characters of three bytes that have a plainer form.
  private static func plainForm(_ scalar: UInt32) -> UInt32? {
    switch scalar {
    case 0x3000, 0x2000...0x200A, 0x202F, 0x205F: 0x2001
    case 0x200B...0x200F, 0x2060, 0xFEFF: 0
    case 0x2010...0x2015, 0x2212: 0x2D01
    case 0x2018...0x201B, 0x2032: 0x2701
    case 0x201C...0x201F, 0x2033: 0x2201
    case 0xFF21...0xFF3A: (scalar - 0xFF21 + 0x61) << 8 | 1
    case 0xFF01...0xFF5E: (scalar - 0xFF01 + 0x21) << 8 | 1
    case 0x1E9E: pack("ss".utf8)
    default: nil
    }
  }

  /// For each scalar up to U+07FF, what is written in its place.
  private static let table: [UInt32] = {
    var plain: [Unicode.Scalar: String] = [:]
    for (letter, forms) in accents { for form in forms.unicodeScalars { plain[form] = letter } }
    return (0..<0x800).map { value in
      guard value >= 0x80, let scalar = Unicode.Scalar(UInt32(value)) else {
        return pack(Array(repeating: 0, count: 1))
      }
      if value == 0xA0 { return pack(" ".utf8) }
      if value == 0xAD || (0x300...0x36F).contains(value) { return 0 }
      let lower = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
      return pack((plain[lower] ?? String(lower)).utf8)
    }
  }()

  private static let accents: [(String, String)] = [
    ("a", "àáâãäåāăąǎ"), ("ae", "æ"), ("c", "çćĉċč"), ("d", "ďđð"), ("e", "èéêëēĕėęě"), ("g", "ĝğġģ"), ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįı"), ("j", "ĵ"), ("k", "ķ"), ("l", "ĺļľŀł"), ("n", "ñńņň"), ("o", "òóôõöøōŏő"), ("oe", "œ"),
    ("r", "ŕŗř"), ("s", "śŝşšșſ"), ("ss", "ß"), ("t", "ţťŧțþ"), ("u", "ùúûüũūŭůűų"), ("w", "ŵ"), ("y", "ýÿŷ"),
    ("z", "źżž"), ("α", "ά"), ("ε", "έ"), ("η", "ή"), ("ι", "ίϊΐ"), ("ο", "ό"), ("υ", "ύϋΰ"), ("ω", "ώ"), ("σ", "ς"),
    ("е", "ёѐ"), ("и", "йѝ"), ("\"", "«»"), ("'", "´"),
  ]
}
