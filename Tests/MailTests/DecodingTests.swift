import ByteSlices
import Testing

@testable import Mail

@Suite struct DecodingTests {
  private func decode(_ text: String, _ encoding: TransferEncoding, cap: Int = 1000) -> (String, Bool, MailFlags) {
    var flags = MailFlags()
    var cut = false
    let bytes = reading(text) { bytes, arena in
      let result = encoding.decode(bytes, cap: cap, arena: arena, flags: &flags)
      cut = result.capped
      return result.bytes
    }
    return (bytes, cut, flags)
  }

  @Test(arguments: [
    ("aGVsbG8gd29ybGQ=", "hello world"), ("aGVs\nbG8g\nd29y bGQ", "hello world"), ("aGVsbG8=d29ybGQ=", "helloworld"),
    ("", ""), ("aA", "h"), ("a", ""), ("====", ""),
  ]) func base64(_ text: String, _ expected: String) {
    let (decoded, cut, flags) = decode(text, .base64)
    #expect(decoded == expected)
    #expect(!cut)
    #expect(flags == [])
  }

  @Test func base64WithForeignBytesIsFlagged() {
    #expect(decode("aGV!sbG8=", .base64) == ("hello", false, .badEncoding))
  }

  @Test func base64IsCut() {
    #expect(decode("aGVsbG8gd29ybGQ=", .base64, cap: 4) == ("hell", true, []))
    #expect(decode("aGVsbG8gd29ybGQ=", .base64, cap: 11) == ("hello world", false, []))
  }

  @Test(arguments: [
    ("a=3Db", "a=b"), ("soft=\nbreak", "softbreak"), ("soft= \t\nbreak", "softbreak"), ("no escapes", "no escapes"),
    ("end=", "end"), ("=C3=A9", "é"), ("=e2=82=ac", "€"),
  ]) func quotedPrintable(_ text: String, _ expected: String) {
    #expect(decode(text, .quotedPrintable) == (expected, false, []))
  }

  @Test func quotedPrintableKeepsWhatIsNoEscape() {
    #expect(decode("a=b=ZZ", .quotedPrintable) == ("a=b=ZZ", false, .badEncoding))
  }

  @Test func quotedPrintableIsCut() { #expect(decode("a=3Dbcd", .quotedPrintable, cap: 3) == ("a=b", true, [])) }

  // MARK: charsets

  @Test(
    arguments: [
      ("utf-8", [0xC3, 0xA9]), ("iso-8859-1", [0xE9]), ("Windows-1252", [0xE9]), ("latin1", [0xE9]),
      ("\"ISO_8859-15\"", [0xE9]), ("cp850", [0x82]), ("macintosh", [0x8E]), ("utf-16be", [0x00, 0xE9]),
      ("utf-7", Array("+AOk-".utf8)), ("iso-8859-1", [0xC3, 0xA9]), ("us-ascii", [0xC3, 0xA9]),
      ("gb2312", [0xA8, 0xA6]),
    ] as [(String, [UInt8])]) func oneLetterInManyCharsets(_ label: String, _ bytes: [UInt8])
  {
    #expect(utf8(bytes, label: label) == ("é", []))
  }

  @Test(
    arguments: [
      ("shift_jis", [0x93, 0xFA, 0x96, 0x7B]), ("euc-jp", [0xC6, 0xFC, 0xCB, 0xDC]),
      ("iso-2022-jp", [0x1B, 0x24, 0x42, 0x46, 0x7C, 0x4B, 0x5C, 0x1B, 0x28, 0x42]),
      ("us-ascii", [0x1B, 0x24, 0x42, 0x46, 0x7C, 0x4B, 0x5C, 0x1B, 0x28, 0x42]),
      ("gb2312", [0xC8, 0xD5, 0xB1, 0xBE]), ("big5", [0xA4, 0xE9, 0xA5, 0xBB]), ("euc-kr", [0xEC, 0xED, 0xDC, 0xE2]),
    ] as [(String, [UInt8])]) func eastAsianCharsets(_ label: String, _ bytes: [UInt8])
  {
    #expect(utf8(bytes, label: label) == ("日本", []))
  }

  @Test func labelsThatLieAreFlagged() {
    #expect(utf8([0x61, 0xE9, 0x62], label: "utf-8") == ("aéb", .badCharset))
    #expect(utf8([0x61, 0xE9, 0x62], label: "no-such-charset") == ("aéb", .badCharset))
    #expect(utf8([0x61, 0xE9, 0x62]) == ("aéb", .badCharset))
    #expect(utf8([0xC3, 0xA9, 0xC3, 0xA9, 0xFF], label: "utf-8") == ("éé\u{FFFD}", .badCharset))
    #expect(utf8([0x93, 0xFA, 0x93], label: "shift_jis") == ("日\u{FFFD}", .badCharset))
  }

  @Test func cyrillicWithoutALabel() {
    let words = "Пожалуйста, удалите меня из вашей рассылки"
    let koi: [UInt8] = [
      0xF0, 0xCF, 0xD6, 0xC1, 0xCC, 0xD5, 0xCA, 0xD3, 0xD4, 0xC1, 0x2C, 0x20, 0xD5, 0xC4, 0xC1, 0xCC, 0xC9, 0xD4, 0xC5,
      0x20, 0xCD, 0xC5, 0xCE, 0xD1, 0x20, 0xC9, 0xDA, 0x20, 0xD7, 0xC1, 0xDB, 0xC5, 0xCA, 0x20, 0xD2, 0xC1, 0xD3, 0xD3,
      0xD9, 0xCC, 0xCB, 0xC9,
    ]
    #expect(utf8(koi) == (words, .badCharset))
  }

  @Test func marksAndNulsAreTakenOff() {
    #expect(utf8([0xEF, 0xBB, 0xBF, 0x61]) == ("a", []))
    #expect(utf8([0xFF, 0xFE, 0x61, 0x00]) == ("a", []))
    #expect(utf8([0x61, 0x00, 0x62]) == ("ab", .nulBytes))
  }
}
