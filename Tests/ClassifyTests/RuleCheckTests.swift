import Foundation
import Testing

@testable import Classify

/// What is wrong with a rule file is told with file, line, rule and mend: a test for each kind.
@Suite struct RuleCheckTests {
  struct Broken: Sendable, CustomTestStringConvertible {
    var text: String
    var line: Int
    var rule: String?
    var words: String
    var name = "40-test.yaml"
    var testDescription: String { words }
  }

  /// A rule that is right: six lines, and the examples on the seventh and eighth.
  private static func rule(_ id: String = "full", _ changes: (String, String)...) -> String {
    var text = """
      - id: \(id)
        category: soft_bounce
        reason: mailbox_full
        why: The mailbox is full.
        match:
          diagnostic: ['\(id) mailbox']
        examples:
          - { diagnostic: 'the \(id) mailbox' }

      """
    for (old, new) in changes { text = text.replacingOccurrences(of: old, with: new) }
    return text
  }

  private static let last = """
    - id: last
      category: user_reply
      reason: unclassified
      why: The end of the order.
      match: {}
      examples:
        - { text: 'anything' }

    """

  private func problems(_ files: [RuleFile]) throws -> [RuleProblem] {
    do {
      return try RuleSet(files: files).check()
    } catch let error as RuleError {
      return error.problems
    }
  }

  private static let broken: [Broken] = [
    Broken(text: "- id: [a\n", line: 2, words: "not YAML"),
    Broken(text: rule() + "\tx: y\n", line: 9, words: "not YAML"),
    Broken(text: "id: full\ncategory: soft_bounce\n", line: 1, words: "not a list of rules"),
    Broken(text: "# c\n- just a text\n", line: 2, words: "not a mapping"),
    Broken(text: rule("full", ("- id: full", "- reason: x")), line: 3, words: "reason stands twice"),
    Broken(text: rule("full", ("id: full", "id: Full House")), line: 1, words: "without a usable id"),
    Broken(text: rule() + rule(), line: 9, rule: "full", words: "taken by 40-test.yaml:1"),
    Broken(text: rule("full", ("  why:", "  wy:")), line: 4, rule: "full", words: "unknown member 'wy': use 'why'"),
    Broken(
      text: rule("full", ("soft_bounce", "soft_bounc")), line: 2, rule: "full",
      words: "unknown category 'soft_bounc': use 'soft_bounce'"),
    Broken(
      text: rule("full", ("mailbox_full", "mailbox_ful")), line: 3, rule: "full",
      words: "unknown reason 'mailbox_ful' of soft_bounce: use 'mailbox_full'"),
    Broken(text: rule("full", ("  why: The mailbox is full.\n", "")), line: 1, rule: "full", words: "no 'why'"),
    Broken(
      text: rule("full", ("  match:\n    diagnostic: ['full mailbox']\n", "")), line: 1, rule: "full",
      words: "no 'match'"),
    Broken(
      text: rule("full", ("diagnostic: ['full", "diagnostics: ['full")), line: 6, rule: "full",
      words: "unknown field 'diagnostics': use 'diagnostic'"),
    Broken(
      text: rule("full", ("['full mailbox']", "[]")), line: 6, rule: "full", words: "'diagnostic' without patterns"),
    Broken(
      text: "- words: { box: [mailbox, inbox] }\n" + rule("full", ("full mailbox", "full {boxes}")), line: 7,
      rule: "full", words: "unknown class of words '{boxes}': use 'box'"),
    Broken(
      text: rule("full", ("full mailbox", "full {box}")), line: 6, rule: "full",
      words: "unknown class of words '{box}': define it above"),
    Broken(text: "- words:\n    box: a\n    2x: b\n" + rule(), line: 3, words: "class of words without a usable name"),
    Broken(
      text: "- words: { box: a }\n- words: { box: b }\n" + rule(), line: 2, words: "'box' stands twice"),
    Broken(text: "- words: box\n" + rule(), line: 1, words: "'words' that are not a mapping"),
    Broken(text: "- words: { box: [] }\n" + rule(), line: 1, words: "'box' is empty"),
    Broken(text: rule("full", ("full mailbox'", "(full'")), line: 6, rule: "full", words: "pattern '(full'"),
    Broken(
      text: rule("full", ("['full mailbox']", "\n      - 'full mailbox'\n      - 'a.*b'")), line: 8, rule: "full",
      words: "bound it"),
    Broken(text: rule("full", ("full mailbox'", "(?!a)full'")), line: 6, rule: "full", words: "looks around"),
    Broken(
      text: rule("full", ("['full mailbox']", "['full mailbox']\n    kind: letter")), line: 7, rule: "full",
      words: "'kind' is never 'letter'"),
    Broken(
      text: rule("full", ("['full mailbox']", "['full mailbox']\n    status: ['5.2']")), line: 7, rule: "full",
      words: "'status' is never '5.2': write an enhanced status code"),
    Broken(
      text: rule("full", ("['full mailbox']", "['full mailbox']\n    reply: '55'")), line: 7, rule: "full",
      words: "'reply' is never '55'"),
    Broken(
      text: rule("full", ("['full mailbox']", "['full mailbox']\n    mta: 'a*b'")), line: 7, rule: "full",
      words: "'*' where none is understood"),
    Broken(
      text: rule("full", ("['full mailbox']", "['full mailbox']\n    mta: ''")), line: 7, rule: "full",
      words: "'mta' without a value"),
    Broken(
      text: rule("full", ("{ diagnostic", "{ diagnosis")), line: 8, rule: "full",
      words: "unknown evidence 'diagnosis'"),
    Broken(
      text: rule("full", ("'the full mailbox'", "'the full mailbox', kind: dns")), line: 8, rule: "full",
      words: "'kind' of an example is never 'dns': use 'dsn'"),
    Broken(
      text: rule("full", ("'the full mailbox'", "'the full mailbox', found_in: nowhere")), line: 8, rule: "full",
      words: "'found_in' of an example is never 'nowhere'"),
    Broken(
      text: rule("full", ("'the full mailbox'", "'the full mailbox', is: soft_bounces")), line: 8, rule: "full",
      words: "'is' names no category"),
    // What can be read, and does not do what it says.
    Broken(
      text: rule("full", ("  examples:\n    - { diagnostic: 'the full mailbox' }\n", "")) + last, line: 1,
      rule: "full", words: "no examples"),
    Broken(
      text: rule("full", ("the full mailbox", "the fool mailbox")) + last, line: 8, rule: "full",
      words: "the example is decided by last"),
    Broken(
      text: rule() + "  counterexamples:\n    - { diagnostic: 'no full mailbox' }\n" + last, line: 10, rule: "full",
      words: "the counterexample is decided by this rule"),
    Broken(
      text: rule() + "  counterexamples:\n    - { diagnostic: 'empty', is: hard_bounce }\n" + last, line: 10,
      rule: "full", words: "should be hard_bounce"),
    Broken(
      text: rule("a", ("'a mailbox'", "'mailbox'")) + rule("b") + last, line: 9, rule: "b",
      words: "shadowed: earlier rules decide all of its examples (the first: a)"),
    Broken(
      text: rule("a", ("['a mailbox']", "['b mailbox', 'a mailbox']")) + rule("b") + last, line: 9, rule: "b",
      words: "unreachable: whatever it asks for, a (40-test.yaml:1) has decided before"),
    Broken(text: last + rule("b"), line: 8, rule: "b", words: "unreachable: whatever it asks for, last"),
    Broken(
      text: rule("a", ("    diagnostic", "    kind: dsn\n    any:\n      - kind: plain\n        diagnostic")) + last,
      line: 8, rule: "a", words: "unreachable: it can never hold (no 'kind' is what both"),
    Broken(
      text: rule("a", ("  examples", "  unless: { diagnostic: ['a mailbox'] }\n  examples")) + last, line: 6, rule: "a",
      words: "stands under 'unless', too"),
  ]

  @Test(arguments: broken) func aBrokenFileNamesItsPlace(_ broken: Broken) throws {
    let problems = try problems([RuleFile(name: broken.name, path: "rules/\(broken.name)", text: broken.text)])
    // Other problems may follow from the one.
    let text = broken.words.replacingOccurrences(of: "40-test.yaml", with: "rules/40-test.yaml")
    let found = problems.first { $0.description.contains(text) }
    let all = problems.map(\.description).joined(separator: "\n")
    #expect(found != nil, "\(all)")
    guard let found else { return }
    #expect(found.file == "rules/40-test.yaml")
    #expect(found.line == broken.line, "\(all)")
    #expect(found.rule == broken.rule)
    #expect(!found.mend.isEmpty)
  }

  @Test func aRuleThatIsRightHasNoProblems() throws {
    let text = Self.rule() + Self.rule("empty") + Self.last
    #expect(try problems([RuleFile(name: "40-test.yaml", text: text)]).isEmpty)
  }

  @Test func bytesThatAreNotUTF8AreNamedByTheirLine() throws {
    let bytes = Array("- id: x\n  why: '".utf8) + [0xE4] + Array("'\n".utf8)
    let problems = try problems([RuleFile(name: "10-x.yaml", path: "x.yaml", bytes: bytes)])
    #expect(problems.map(\.line) == [2] && problems[0].what.contains("UTF-8"))
  }

  @Test func allDocumentsOfAFileAreRead() throws {
    let set = try RuleSet(files: [RuleFile(name: "40-test.yaml", text: Self.rule() + "---\n" + Self.last)])
    #expect(set.rules.map(\.id) == ["full", "last"])
    #expect(set.rules.map(\.line) == [1, 10])
  }

  @Test func aSitesRulesComeFirstAndMayNameReasonsOfTheirOwn() throws {
    let own = Self.rule("own", ("mailbox_full", "our_reason"), ("own mailbox", "mailbox"), ("the mailbox", "a mailbox"))
    let set = try RuleSet(files: [
      RuleFile(name: "40-test.yaml", text: Self.rule() + Self.last), RuleFile(name: "00-000000-own.yaml", text: own),
    ])
    #expect(set.rules.map(\.layer) == [.site, .words, .words])
    let problems = try set.check()
    #expect(problems.map(\.severity) == [.warning], "\(problems)")
    #expect(problems[0].rule == "own" && problems[0].what.contains("full (1)"))
  }

  @Test func aSitesRuleWithTheIDOfOursIsItselfToBlame() throws {
    let problems = try problems([
      RuleFile(name: "40-test.yaml", text: Self.rule() + Self.last),
      RuleFile(name: "00-000000-own.yaml", path: "site/own.yaml", text: "\n" + Self.rule()),
    ])
    #expect(problems.map(\.file) == ["site/own.yaml"] && problems.map(\.line) == [2])
    #expect(problems[0].what.contains("40-test.yaml:1"))
  }

  @Test(arguments: [
    ("00-000000-mine.yaml", RuleLayer.site), ("mine.yaml", .site), ("15-structure.yaml", .structure),
    ("20-provider-google.yaml", .provider), ("30-mta.yaml", .mta), ("42-soft.yaml", .words), ("80-codes.yaml", .codes),
    ("90-fallback.yaml", .fallback),
  ])
  func theFilesNumberTellsTheLayer(_ file: String, _ layer: RuleLayer) {
    #expect(RuleLayer(file: file) == layer)
  }

  @Test func layersAreAskedInTheirOrder() throws {
    let ranks = try RuleSet.bundled().rules.map(\.layer.rank)
    #expect(ranks == ranks.sorted())
  }

  /// A more general earlier rule is no reason when something holds it back where the later one holds.
  @Test func aVetoLeavesRoomForLaterRules() throws {
    let first = Self.rule(
      "a", ("  examples", "  unless: { status: '4.*' }\n  examples"), ("'a mailbox'", "'b mailbox', 'a mailbox'"))
    let second = Self.rule(
      "b", ("    diagnostic", "    status: '4.2.2'\n    diagnostic"),
      ("'the b mailbox'", "'the b mailbox', status: '4.2.2'"))
    #expect(try problems([RuleFile(name: "40-test.yaml", text: first + second + Self.last)]).isEmpty)
  }
}
