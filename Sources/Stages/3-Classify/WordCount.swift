import ByteSlices

/// About how many words a text has, counted no further than needed. Two characters of a script without spaces count
/// as a word.
struct WordCount {
  /// `none`, `few` (up to 12), `some` (up to 60) or `many`.
  let fact: StaticString

  init(_ text: ByteSlice) {
    var words = 0
    var wide = 0
    var inside = false
    var at = 0
    let kinds = WordCount.kinds
    while at < text.count {
      switch kinds[Int(text.base[at])] {
      case WordCount.letter:
        if !inside {
          words += 1
          if words + wide / 2 > 60 { at = text.count }
          inside = true
        }
      case WordCount.wide:
        wide += 1
        if words + wide / 2 > 60 { at = text.count }
        inside = false
      case WordCount.space: inside = false
      default: break
      }
      at += 1
    }
    let count = words + (wide + 1) / 2
    fact = count == 0 ? "none" : count <= 12 ? "few" : count <= 60 ? "some" : "many"
  }

  private static let other: UInt8 = 0
  private static let space: UInt8 = 1
  private static let letter: UInt8 = 2
  private static let wide: UInt8 = 3

  /// What each byte is: one look-up instead of seven comparisons.
  nonisolated(unsafe) private static let kinds: UnsafePointer<UInt8> = {
    let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
    for value in 0..<256 {
      let byte = UInt8(value)
      table[value] =
        if byte.isASCIISpace {
          space
        } else if byte >= 0xE3, byte <= 0xED {
          wide
        } else if byte.isASCIIAlphanumeric || byte >= 0x80 && byte & 0xC0 != 0x80 {
          letter
        } else {
          other
        }
    }
    return UnsafePointer(table)
  }()
}
