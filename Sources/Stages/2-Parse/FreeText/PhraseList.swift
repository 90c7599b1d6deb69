import ByteSlices

/// Phrases, in lower case, that a line may begin with; sorted by their first byte, so that most lines cost one look.
struct PhraseList: Sendable, ExpressibleByArrayLiteral {
  private var byFirst = [[StaticString]](repeating: [], count: 256)

  init(arrayLiteral phrases: StaticString...) {
    for phrase in phrases { byFirst[Int(phrase.utf8Start[0])].append(phrase) }
  }

  /// The length of the longest phrase that `words` begin with, ASCII letters in any case; nil when there is none.
  func prefixLength(of words: ByteSlice) -> Int? {
    guard let first = words.first else { return nil }
    var longest: Int?
    for phrase in byFirst[Int(first.asciiLowercased)] where words.hasPrefix(caseless: phrase) {
      longest = max(longest ?? 0, phrase.utf8CodeUnitCount)
    }
    return longest
  }

  func begins(_ words: ByteSlice) -> Bool { prefixLength(of: words) != nil }
}
