import ByteSlices

/// Phrases, in lower case, that a line may begin with; sorted by their first byte, so that most lines cost one look.
struct PhraseList: Sendable, ExpressibleByArrayLiteral {
  private var byFirst = [[[UInt8]]](repeating: [], count: 256)

  init(arrayLiteral phrases: String...) {
    for phrase in phrases {
      add(phrase)
      // Lines begin with a capital, which of ASCII letters only `hasPrefix` takes for its small one.
      let capital = phrase.prefix(1).uppercased() + phrase.dropFirst()
      if !phrase.prefix(1).utf8.allSatisfy({ $0 < 0x80 }), capital != phrase { add(capital) }
    }
  }

  private mutating func add(_ phrase: String) {
    let bytes = Array(phrase.utf8)
    if let first = bytes.first { byFirst[Int(first)].append(bytes) }
  }

  /// The length of the longest phrase that `words` begin with, ASCII letters and a first letter in any case; nil when
  /// there is none.
  func prefixLength(of words: ByteSlice) -> Int? {
    guard let first = words.first else { return nil }
    var longest: Int?
    for phrase in byFirst[Int(first.asciiLowercased)]
    where phrase.withByteSlice({ words.prefix($0.count).equals(caseless: $0) }) {
      longest = max(longest ?? 0, phrase.count)
    }
    return longest
  }

  func begins(_ words: ByteSlice) -> Bool { prefixLength(of: words) != nil }
}
