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
    while at < text.count, words + wide / 2 <= 60 {
      let byte = text[at]
      if byte.isASCIISpace {
        inside = false
      } else if byte & 0xF0 == 0xE0, byte >= 0xE3, byte <= 0xED {
        wide += 1
        inside = false
      } else if !inside, byte.isASCIIAlphanumeric || byte >= 0x80 && byte & 0xC0 != 0x80 {
        words += 1
        inside = true
      }
      at += 1
    }
    let count = words + (wide + 1) / 2
    fact = count == 0 ? "none" : count <= 12 ? "few" : count <= 60 ? "some" : "many"
  }
}
