import ByteSlices
import Testing

@testable import Patterns

@Suite struct PatternDatabaseTests {
  private func found(_ expressions: [String], in text: String, dotAll: Bool = true) throws -> [Int] {
    let scanner = try PatternScanner([try PatternDatabase(expressions: expressions, dotAll: dotAll)])
    return text.withByteSlice { slice in
      var places: [Int] = []
      scanner.sift(0, slice) { if scanner.matches(0, $0, slice, in: $1) { places.append($0) } }
      return places.sorted()
    }
  }

  /// A pattern must be found wherever PCRE2 alone finds it: its literals may never hide it.
  @Test(arguments: [
    #"user\s+unknown"#, #"(mail ?box|inbox|account)\b.{0,40}\b(full|over ?quota)"#, #"\d+"#, #"^x?yz$"#, #"e-?mail"#,
    #"[ab]c{2,3}d"#, #"(a|b|)c"#, #"[[:alpha:]]+ing\b"#, #"\x41bc"#, #"(?i:ABC)"#, #"gr[ea]y\s?list"#, #"[^a]bc"#,
    #"(un)?known|refused"#, #"\bfull\b"#, #"a{0}b"#, #"(ab){2}"#, #"Größe"#, #"[]x]y"#, #"(?<n>ab)c"#, #"a\.b"#,
    #"xyz\x0Ab"#, #"xyz\nb"#,
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

  /// Nor may the places where its literals stand: every pattern here has some that a match must not be looked for.
  @Test(arguments: [
    #"block.{0,10}(spamhaus|sorbs)"#, #"(a|the) .{0,3}full"#, #"^\W*[45]\d\d[ -]blocked"#, #"x(ab?c|d+e){1,3}full"#,
    #"[a-c]{2}full|full[a-c]{2}"#, #"(no|not)\s+.{1,5}?full\b"#, #"a.*full"#, #"(\d+ )?full"#, #"z{,2}full"#,
    #"a{b}full"#,
    #"(b|)full.?sorbs$"#,
  ])
  func distancesHideNoMatch(_ expression: String) throws {
    let alone = try Pattern(expression, dotAll: true, captures: false)
    let scratch = try Matcher(groups: 1)
    let pieces = [
      "block", " ", "full", "sorbs", "550 ", "\n", "a", "the ", "not ", "x", "abc", "de", "z{,2}", "a{b}", "ed",
    ]
    var seed: UInt64 = 42
    for _ in 0..<3000 {
      var text = ""
      for _ in 0..<8 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(seed >> 33) % pieces.count]
      }
      let expected = text.withByteSlice { alone.match(in: $0, with: scratch) }
      #expect(try found([expression], in: text) == (expected ? [0] : []), "\(expression) in \(text)")
    }
  }

  @Test func distancesAreThoseOfTheLiterals() {
    let clause = RequiredLiterals(#"(no|not)\s.{0,5}overquota"#).clauses.first
    #expect(clause?.literals.map { Array($0) } == [Array("overquota".utf8)])
    #expect(clause?.distance == RequiredLiterals.Span(least: 3, most: 9))
  }

  @Test func manyPatternsAreFoundTogether() throws {
    let words = (0..<500).map { "word\($0)x" }
    #expect(try found(words, in: "word7x and WORD499X, word12 not") == [7, 499])
  }

  @Test func clausesAreTheTellingOnes() {
    func clauses(_ expression: String) -> [[String]] {
      RequiredLiterals(expression).clauses.map { $0.literals.map { String(decoding: $0, as: UTF8.self) } }
    }
    // A common word is worth a look as the second clause, never as the third.
    #expect(clauses("mailbox.{0,40}overquota") == [["overquota"], ["mailbox"]])
    #expect(clauses("mailbox.{0,40}overquota.{0,40}server") == [["overquota"], ["mailbox"]])
    #expect(RequiredLiterals(#"\d+"#).clauses.isEmpty)
    #expect(clauses(#"(?<!no )mail\x27s (?=x)box"#) == [["mail's box"]])
    #expect(RequiredLiterals(#"(?i)y"#).clauses.isEmpty)
    #expect(RequiredLiterals(#"\x{27}y"#).clauses.isEmpty)
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

  @Test func wordsAreMultipliedOut() {
    func words(_ list: WordList) -> [String] { list.map { String(decoding: $0, as: UTF8.self) } }
    var list = WordList("a".utf8)
    list.append(WordList.blank)
    #expect(list.hasBlank && list.lengths == (0, 1))
    list.extend(by: Array("bc".utf8)[...])
    #expect(words(list) == ["abc", "bc"])
    var tails = WordList("d".utf8)
    tails.append("ef".utf8)
    list.multiply(by: tails)
    #expect(words(list) == ["abcd", "abcef", "bcd", "bcef"])
    list.append(WordList("bcd".utf8))
    list.append(WordList("a long word".utf8))
    list.append(WordList("a long wort".utf8))
    list.append(WordList("a long word".utf8))
    list.removeDuplicates()
    #expect(words(list) == ["abcd", "abcef", "bcd", "bcef", "a long word", "a long wort"])
    #expect(!list.hasBlank && list.lengths == (3, 11))
  }
}
