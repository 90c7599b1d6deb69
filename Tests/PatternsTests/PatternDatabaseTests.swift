import ByteSlices
import Testing

@testable import Patterns

@Suite struct PatternDatabaseTests {
  private func found(_ expressions: [String], in text: String, dotAll: Bool = true) throws -> [Int] {
    let scanner = try PatternScanner([try PatternDatabase(expressions: expressions, dotAll: dotAll)])
    return text.withByteSlice { slice in
      var places: [Int] = []
      scanner.sift(0, slice) { if scanner.matches(0, $0, slice) { places.append($0) } }
      return places.sorted()
    }
  }

  /// A pattern must be found wherever PCRE2 alone finds it: its literals may never hide it.
  @Test(arguments: [
    #"user\s+unknown"#, #"(mail ?box|inbox|account)\b.{0,40}\b(full|over ?quota)"#, #"\d+"#, #"^x?yz$"#, #"e-?mail"#,
    #"[ab]c{2,3}d"#, #"(a|b|)c"#, #"[[:alpha:]]+ing\b"#, #"\x41bc"#, #"(?i:ABC)"#, #"gr[ea]y\s?list"#, #"[^a]bc"#,
    #"(un)?known|refused"#, #"\bfull\b"#, #"a{0}b"#, #"(ab){2}"#, #"Größe"#, #"[]x]y"#, #"(?<n>ab)c"#, #"a\.b"#,
  ])
  func literalsHideNoMatch(_ expression: String) throws {
    let alone = try Pattern(expression, dotAll: true, captures: false)
    let scratch = try Matcher(groups: 1)
    for text in [
      "user  unknown", "The MAILBOX of x is over quota", "inbox overquota", "42", "a\nxyz\nb", "E-Mail email",
      "acccd bccd",
      "c ac bc", "bouncing", "Abc abc ABC", "grey list greylist GRAYLIST", "xbc abc", "known unknown refused", "full",
      "fullness", "b ab", "abab", "Größe größe", "xy ]y", "a.b aXb", "",
    ] {
      let expected = text.withByteSlice { alone.match(in: $0, with: scratch) }
      #expect(try found([expression], in: text) == (expected ? [0] : []), "\(expression) in \(text)")
    }
  }

  @Test func manyPatternsAreFoundTogether() throws {
    let words = (0..<500).map { "word\($0)x" }
    #expect(try found(words, in: "word7x and WORD499X, word12 not") == [7, 499])
  }

  @Test func clausesAreTheTellingOnes() {
    #expect(
      RequiredLiterals("mailbox.{0,40}overquota").clauses.map { $0.map { String(decoding: $0, as: UTF8.self) } }
        == [["overquota"]])
    #expect(RequiredLiterals(#"\d+"#).clauses.isEmpty)
    #expect(RequiredLiterals(#"(?=x)y"#).clauses.isEmpty)
  }

  @Test func aBrokenPatternIsNamedByItsPlace() {
    #expect {
      _ = try PatternDatabase(expressions: ["fine", "(open", "also fine", "a{2,1}"], dotAll: false)
    } throws: { error in
      (error as? PatternDatabase.Refusal)?.failures.map(\.index) == [1, 3]
    }
  }

  @Test func aTextThatAsksForTooMuchWorkIsNoMatch() throws {
    let text = String(repeating: "a", count: 5000) + "b"
    let scanner = try PatternScanner([try PatternDatabase(expressions: [#"(a+)+[cd]"#, "ab"], dotAll: true)])
    text.withByteSlice { text in
      #expect(!scanner.matches(0, 0, text))
      #expect(scanner.gaveUp, "that it was given up must show")
      scanner.gaveUp = false
      #expect(scanner.matches(0, 1, text))
      #expect(!scanner.gaveUp)
    }
  }
}
