/// Words that a rule file's patterns have in common, by name: `{list}` in a pattern stands for all of them.
///
/// A file defines them above the rules that use them; a class may use those above it.
struct WordClasses {
  private var classes: [String: String] = [:]

  /// The words as alternatives, without parentheses around them.
  subscript(name: String) -> String? {
    get { classes[name] }
    set { classes[name] = newValue }
  }

  var names: [String] { classes.keys.sorted() }

  static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, isLetter(first) else { return false }
    return name.utf8.allSatisfy(isNameByte)
  }

  /// The pattern with `(…)` for each `{name}`, and the first name that nobody defined. A repeat (`{2,3}`) stays as it is.
  func expand(_ pattern: String) -> (text: String, unknown: String?) {
    let bytes = Array(pattern.utf8)
    var out: [UInt8] = []
    var unknown: String?
    var at = 0
    while at < bytes.count {
      let byte = bytes[at]
      if byte == UInt8(ascii: "\\"), at + 1 < bytes.count {
        out += bytes[at...at + 1]
        at += 2
        continue
      }
      if byte == UInt8(ascii: "{"), at + 1 < bytes.count, Self.isLetter(bytes[at + 1]),
        let close = bytes[at...].firstIndex(of: UInt8(ascii: "}")), bytes[at + 1..<close].allSatisfy(Self.isNameByte)
      {
        let name = String(decoding: bytes[at + 1..<close], as: UTF8.self)
        if let words = classes[name] {
          out += Array("(\(words))".utf8)
        } else {
          unknown = unknown ?? name
        }
        at = close + 1
        continue
      }
      out.append(byte)
      at += 1
    }
    return (String(decoding: out, as: UTF8.self), unknown)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }

  private static func isNameByte(_ byte: UInt8) -> Bool { isLetter(byte) || byte &- 0x30 < 10 || byte == 0x2D }
}
