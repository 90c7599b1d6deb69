import ByteSlices
import NDJSON

/// A guess at the charset of bytes past ASCII that are not UTF-8 and carry no label, from the runs they stand in.
enum CharsetGuess {
  /// Mostly UTF-8, with damage.
  case utf8
  case windows1252
  case singleByte(String)
  case multiByte(String)

  init(_ bytes: ByteSlice) {
    let bytes = bytes.prefix(16 << 10)
    var sequences = 0
    var strays = 0
    var at = 0
    while at < bytes.count {
      let length = UTF8Sequence.length(bytes, at)
      if length > 1 { sequences += 1 }
      if length == 0 { strays += 1 }
      at += max(length, 1)
    }
    if sequences > strays {
      self = .utf8
      return
    }
    self = CharsetGuess.byRuns(bytes)
  }

  /// Western text has single high bytes between ASCII letters; Cyrillic and East Asian text has long runs of them.
  private static func byRuns(_ bytes: ByteSlice) -> CharsetGuess {
    var high = 0
    var inLongRuns = 0
    var oddRuns = 0
    var hanzi = 0
    var kana = 0
    var pairs = 0
    var koiLower = 0
    var koiUpper = 0
    var at = 0
    while at < bytes.count {
      guard bytes.base[at] >= 0x80 else {
        at += 1
        continue
      }
      let start = at
      while at < bytes.count, bytes.base[at] >= 0x80 {
        if bytes.base[at] >= 0xC0 { bytes.base[at] < 0xE0 ? (koiLower += 1) : (koiUpper += 1) }
        at += 1
      }
      let length = at - start
      high += length
      if length >= 3 { inLongRuns += length }
      if length % 2 == 1 { oddRuns += 1 }
      var pair = start
      while pair + 1 < at {
        pairs += 1
        let lead = bytes.base[pair]
        if lead == 0xA4 || lead == 0xA5 { kana += 1 }
        if lead >= 0xB0, lead <= 0xF7, bytes.base[pair + 1] >= 0xA1 { hanzi += 1 }
        pair += 2
      }
    }
    guard high >= 8, inLongRuns * 10 >= high * 7 else { return .windows1252 }
    if oddRuns == 0, pairs >= 6 {
      if kana * 4 >= pairs { return .multiByte("EUC-JP-MS") }
      if hanzi * 10 >= pairs * 7 { return .multiByte("GB18030") }
    }
    guard koiLower + koiUpper >= high * 8 / 10 else { return .windows1252 }
    // The small letters are C0–DF in KOI8-R, E0–FF in Windows-1251; text has more small letters than great ones.
    return koiLower > koiUpper ? .singleByte("KOI8-R") : .singleByte("CP1251")
  }
}
