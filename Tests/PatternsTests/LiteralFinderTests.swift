import ByteSlices
import Testing

@testable import Patterns

@Suite struct LiteralFinderTests {
  private func found(_ words: [String], in text: String) -> Set<String> {
    let finder = LiteralFinder(words.map { Array($0.utf8) })
    var places: Set<String> = []
    text.withByteSlice { finder.find(in: $0, LiteralFinder.Scratch()) { places.insert("\(words[$0])@\($1)") } }
    return places
  }

  /// Compares each word at each place; of words of one byte only the first and the last count.
  private func expected(_ words: [String], in text: String) -> Set<String> {
    let bytes = text.utf8.map(\.asciiLowercased)
    var places: Set<String> = []
    for word in words {
      let word8 = Array(word.utf8)
      let starts = bytes.indices.filter { bytes[$0...].starts(with: word8) }
      let told = word8.count == 1 ? [starts.first, starts.last].compactMap { $0 } : starts
      for start in told { places.insert("\(word)@\(start)") }
    }
    return places
  }

  @Test func wordsOfEachLengthAreFoundAtBothEnds() {
    #expect(found(["4", "no", "spf", "full"], in: "No 4 SPF fuLL") == ["no@0", "4@3", "spf@5", "full@9"])
    #expect(found(["4", "no", "spf", "full"], in: "no").count == 1)
    #expect(found(["4", "no", "spf", "full"], in: "4").count == 1)
    #expect(found(["spf"], in: "sp").isEmpty)
    #expect(found([], in: "text").isEmpty)
  }

  /// Bit 5 makes letters small, and other characters into others.
  @Test func onlyLettersAreComparedWithoutCase() {
    #expect(found(["a@b{c", "{}", "5.1.1", "`x`"], in: "A@B[C a`b{c []{} 5\u{0E}1\u{0E}1 @X@").sorted() == ["{}@14"])
    #expect(found(["größe", "ß"], in: "GRößE größe").count == 4)
  }

  /// Places are looked at in blocks; words stand across their borders, and at the last places of a long text.
  @Test func longTextsAreReadToTheirEnd() {
    let words = ["ab", "abc", "abcd", "abcdefgh", "x"]
    for lead in [0, 1, 1018, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 2047, 2048] {
      for tail in 0..<4 {
        let text = String(repeating: "-", count: lead) + "abcdefgh" + String(repeating: "-", count: tail) + "ab"
        #expect(found(words, in: text) == expected(words, in: text))
      }
    }
  }

  @Test func whatIsFoundIsWhatIsThere() {
    let pieces = [
      "mail", "box", "Full", "Ü", "no", "4", " ", "-", "unknown", "user", "\n", "[", "spf", "lbox", "erno", "x",
    ]
    var seed: UInt64 = 7
    func next(_ bound: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % bound
    }
    func text(_ count: Int) -> String { (0..<count).map { _ in pieces[next(pieces.count)] }.joined() }
    for _ in 0..<300 {
      let words = Array(Set((0..<40).map { _ in text(1 + next(3)).lowercased() })).sorted()
      let text = text(30)
      #expect(found(words, in: text) == expected(words, in: text))
    }
  }
}
