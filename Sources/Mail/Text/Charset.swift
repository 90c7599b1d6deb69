import ByteSlices

/// What a charset label (RFC 2978) means to the reader.
enum Charset: Equatable {
  /// No label, or one that says nothing.
  case unknown
  case ascii
  case utf8
  /// ISO-8859-1 and Windows-1252, which mail never tells apart.
  case windows1252
  /// Any other charset of one byte a character, by iconv's name.
  case singleByte(String)
  /// Charsets of several bytes, by iconv's name.
  case multiByte(String)
  /// A label that no alias is known for: iconv is asked under that name.
  case other

  /// Reads a label. Quotes, white space and case don't matter; the many wrong names of the field are known.
  init(label: ByteSlice) {
    var name = (UInt64(0), UInt64(0), UInt64(0))
    var length = 0
    // Letters and digits only, in lower case: "ISO_8859-1", "iso8859-1" and "ISO 8859 1" are one.
    let known: Charset? = withUnsafeMutableBytes(of: &name) { place in
      for byte in label {
        if byte == 0x2A { break }  // RFC 2231's language follows
        guard byte.isASCIIAlphanumeric else { continue }
        guard length < place.count else { return .other }
        place[length] = byte.asciiLowercased
        length += 1
      }
      return Charset.named(ByteSlice(UnsafeRawBufferPointer(rebasing: place[..<length])))
    }
    self = known ?? .other
  }

  private static func named(_ name: ByteSlice) -> Charset? {
    guard let first = name.first else { return .unknown }
    switch first {
    case 0x75:
      if name == "utf8" || name == "unicode11utf8" { return .utf8 }
      if name == "usascii" { return .ascii }
      if name == "utf7" || name == "unicode11utf7" { return .multiByte("UTF-7") }
      if name == "utf16" { return .multiByte("UTF-16") }
      if name == "utf16le" || name == "unicode" { return .multiByte("UTF-16LE") }
      if name == "utf16be" { return .multiByte("UTF-16BE") }
      if name == "unknown" || name == "unknown8bit" || name == "usascii8bit" { return .unknown }
      if name == "uhc" { return .multiByte("CP949") }
    case 0x61 where name == "ascii" || name == "ansix341968" || name == "ansix341986": return .ascii
    case 0x78: return named(name.dropFirst().hasPrefix("unknown") ? .empty : name.dropFirst())
    case 0x69: return iso(name)
    case 0x77 where name.hasPrefix("windows"): return codePage(name.dropFirst(7))
    case 0x63 where name.hasPrefix("cp"): return codePage(name.dropFirst(2))
    case 0x6B:
      if name == "koi8r" || name == "koi8" { return .singleByte("KOI8-R") }
      if name == "koi8u" || name == "koi8ru" { return .singleByte("KOI8-U") }
      if name.hasPrefix("ksc5601") { return .multiByte("CP949") }
    case 0x67:
      if name == "gb2312" || name == "gbk" || name == "gb18030" || name == "gb231280" { return .multiByte("GB18030") }
    case 0x68 where name == "hzgb2312": return .multiByte("HZ")
    case 0x62 where name == "big5" || name == "big5hkscs": return .multiByte("BIG5-HKSCS")
    case 0x73:
      if name == "shiftjis" || name == "sjis" || name == "shiftjisx0213" { return .multiByte("CP932") }
    case 0x65:
      if name == "eucjp" { return .multiByte("EUC-JP-MS") }
      if name == "euckr" { return .multiByte("CP949") }
      if name == "euccn" || name == "eucgb2312cn" { return .multiByte("GB18030") }
      if name == "euctw" { return .multiByte("EUC-TW") }
    case 0x6C where name == "latin1" || name == "l1": return .windows1252
    case 0x6D:
      if name == "macintosh" { return .singleByte("MACINTOSH") }
      if name == "maccyrillic" { return .singleByte("MAC-CYRILLIC") }
      if name == "macroman" { return .singleByte("MACINTOSH") }
      if name == "ms932" { return .multiByte("CP932") }
    case 0x74 where name == "tis620": return .singleByte("CP874")
    case 0x64 where name == "defaultcharset" || name == "default": return .unknown
    case 0x6E where name == "none" || name == "null": return .unknown
    case 0x38:
      if name == "8bit" { return .unknown }
      if name.hasPrefix("8859") { return iso8859(name.dropFirst(4)) }
    default: break
    }
    return nil
  }

  private static func iso(_ name: ByteSlice) -> Charset? {
    if name.hasPrefix("iso8859") { return iso8859(name.dropFirst(7)) }
    if name == "iso2022jp" || name.hasPrefix("iso2022jp") { return .multiByte("ISO-2022-JP-3") }
    if name == "iso2022kr" { return .multiByte("ISO-2022-KR") }
    if name == "iso2022cn" { return .multiByte("ISO-2022-CN-EXT") }
    if name.hasPrefix("isoir") { return nil }
    if name == "iso646us" { return .ascii }
    return nil
  }

  private static func iso8859(_ part: ByteSlice) -> Charset? {
    // "-8-i" and "-8-e" name a direction, not another set.
    var digits = 0
    while digits < part.count, part[digits].isASCIIDigit { digits += 1 }
    switch part.prefix(digits).decimal {
    case 1, nil: return .windows1252
    case 2: return .singleByte("ISO-8859-2")
    case 3: return .singleByte("ISO-8859-3")
    case 4: return .singleByte("ISO-8859-4")
    case 5: return .singleByte("ISO-8859-5")
    case 6: return .singleByte("ISO-8859-6")
    case 7: return .singleByte("ISO-8859-7")
    case 8: return .singleByte("ISO-8859-8")
    case 9: return .singleByte("CP1254")
    case 10: return .singleByte("ISO-8859-10")
    case 11: return .singleByte("CP874")
    case 13: return .singleByte("ISO-8859-13")
    case 14: return .singleByte("ISO-8859-14")
    case 15: return .singleByte("ISO-8859-15")
    case 16: return .singleByte("ISO-8859-16")
    default: return nil
    }
  }

  private static func codePage(_ part: ByteSlice) -> Charset? {
    switch part.decimal {
    case 1252, 819: .windows1252
    case 1250: .singleByte("CP1250")
    case 1251: .singleByte("CP1251")
    case 1253: .singleByte("CP1253")
    case 1254: .singleByte("CP1254")
    case 1255: .singleByte("CP1255")
    case 1256: .singleByte("CP1256")
    case 1257: .singleByte("CP1257")
    case 1258: .multiByte("CP1258")
    case 437: .singleByte("CP437")
    case 850: .singleByte("CP850")
    case 852: .singleByte("CP852")
    case 866: .singleByte("CP866")
    case 874: .singleByte("CP874")
    case 932, 31: .multiByte("CP932")
    case 936, 54936: .multiByte("GB18030")
    case 949: .multiByte("CP949")
    case 950: .multiByte("BIG5-HKSCS")
    case 65001: .utf8
    case 65000: .multiByte("UTF-7")
    default: nil
    }
  }
}
