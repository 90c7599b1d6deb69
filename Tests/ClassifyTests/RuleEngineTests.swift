import ByteSlices
import Records
import Testing

@testable import Classify

@Suite struct RuleEngineTests {
  private func rules(_ text: String, name: String = "40-test.yaml") throws -> RuleSet {
    try RuleSet(files: [RuleFile(name: name, text: text)])
  }

  private func record(_ arena: Arena, diagnostic: String = "", text: String = "", status: String = "") -> ParseRecord {
    var record = ParseRecord(id: MessageID(words: .zero), source: MessageSource())
    record.kind = .dsn
    record.text = arena.copy(text)
    var recipient = RecipientEvidence()
    recipient.address = ByteSlice("ann@example.org")
    recipient.diagnostic = arena.copy(diagnostic)
    recipient.status = arena.copy(status)
    record.recipients = [recipient]
    return record
  }

  private func winner(_ rules: RuleSet, _ make: (Arena) -> ParseRecord) throws -> String {
    let arena = Arena()
    return String(try Judge(rules).judge(make(arena), arena: arena).verdicts[0].rule)
  }

  @Test func classesOfWordsStandForTheirWords() throws {
    let text = """
      - words:
          box: [mailbox, 'in ?box']
          my-box: ['(my|your) {box}', '{box}es? of mine']
      - id: first
        category: soft_bounce
        reason: mailbox_full
        why: Test.
        match: { diagnostic: ['\\b{my-box} .{0,20}full', 'x{2}y'] }
        examples: [{ diagnostic: 'my inbox is full' }]
      - id: last
        category: user_reply
        reason: unclassified
        why: Test.
        match: {}
        examples: [{ diagnostic: 'x' }]
      """
    let rules = try rules(text)
    #expect(try rules.check().isEmpty)
    for (words, expected) in [
      ("your in box is full", "first"), ("The inboxes of mine are full", "first"), ("the inbox is full", "last"),
      ("xxy", "first"),
    ] {
      #expect(try winner(rules) { record($0, diagnostic: words) } == expected, "\(words)")
    }
    // A class is the file's own.
    let other = """
      - id: other
        category: soft_bounce
        reason: mailbox_full
        why: Test.
        match: { diagnostic: ['{box} overflows'] }
        examples: [{ diagnostic: 'x' }]
      """
    #expect(throws: RuleError.self) {
      try RuleSet(files: [RuleFile(name: "40-a.yaml", text: text), RuleFile(name: "41-b.yaml", text: other)])
    }
  }

  private static let twoRules = """
    - id: first
      category: soft_bounce
      reason: mailbox_full
      why: Test.
      match: { diagnostic: ['mailbox.{0,20}full'] }
      unless: { diagnostic: ['not full'] }
      examples: [{ diagnostic: 'mailbox is full' }]
    - id: second
      category: hard_bounce
      reason: user_unknown
      why: Test.
      match: { diagnostic: ['mailbox'], status: ['5.1.*'] }
      examples: [{ diagnostic: 'no mailbox', status: '5.1.1' }]
    - id: last
      category: user_reply
      reason: unclassified
      why: Test.
      match: {}
      examples: [{ text: 'anything' }]
    """

  @Test func theFirstThatHoldsWins() throws {
    let rules = try rules(Self.twoRules)
    #expect(try winner(rules) { record($0, diagnostic: "Mailbox is FULL", status: "5.1.1") } == "first")
    #expect(try winner(rules) { record($0, diagnostic: "mailbox is not full", status: "5.1.1") } == "second")
    #expect(try winner(rules) { record($0, diagnostic: "mailbox is not full", status: "5.2.1") } == "last")
    #expect(try winner(rules) { record($0, diagnostic: "something else", status: "5.1.1") } == "last")
  }

  @Test func eachRecipientIsJudgedByItsOwnWords() throws {
    let rules = try rules(Self.twoRules)
    let arena = Arena()
    var record = record(arena, diagnostic: "mailbox full")
    var other = RecipientEvidence()
    other.address = ByteSlice("bob@example.org")
    other.diagnostic = ByteSlice("no such mailbox")
    other.status = ByteSlice("5.1.1")
    record.recipients.append(other)
    let verdicts = try Judge(rules).judge(record, arena: arena).verdicts
    #expect(verdicts.map { String($0.rule) } == ["first", "second"])
  }

  /// What a worker saw before must not show.
  @Test func wordsThatWereSeenBeforeAreJudgedAlike() throws {
    let rules = try rules(Self.twoRules)
    let judge = try Judge(rules)
    let arena = Arena()
    var seed = 1
    for _ in 0..<400 {
      seed = seed &* 1_103_515_245 &+ 12345
      let words = ["mailbox full", "no mailbox", "mailbox not full", "gone", ""][(seed >> 16 & 0xFF) % 5]
      let one = record(
        arena, diagnostic: words, text: seed >> 8 & 1 == 0 ? "The mailbox is full." : "Sorry.",
        status: seed >> 9 & 1 == 0 ? "5.1.1" : "5.2.1")
      let fresh = try Judge(rules).judge(one, arena: arena)
      let again = judge.judge(one, arena: arena)
      #expect(again.verdicts.map { String($0.rule) } == fresh.verdicts.map { String($0.rule) })
      #expect(again.verdicts.map { String($0.field) } == fresh.verdicts.map { String($0.field) })
    }
  }

  /// Fields that rules want only for some recipients are shown to those, whatever came before.
  @Test func aFieldIsLookedAtForEachRecipientThatWantsIt() throws {
    let rules = try rules(
      """
      - id: delayed-words
        category: soft_bounce
        reason: mailbox_full
        why: Test.
        match: { action: ['delayed'], subject: ['warning'], text: ['will retry'] }
        unless: { words: ['none'] }
        examples: [{ action: delayed, subject: warning, text: 'we will retry' }]
      - id: last
        category: hard_bounce
        reason: user_unknown
        why: Test.
        match: {}
        examples: [{ text: 'anything' }]
      """)
    let arena = Arena()
    var record = record(arena, text: "We will retry.")
    record.subject = arena.copy("Warning")
    let actions = ["failed", "delayed", "failed", "delayed"]
    record.recipients = actions.enumerated().map { index, action in
      var recipient = RecipientEvidence()
      recipient.address = arena.copy("ann\(index)@example.org")
      recipient.action = arena.copy(action)
      return recipient
    }
    let judge = try Judge(rules)
    for _ in 0..<2 {
      let verdicts = judge.judge(record, arena: arena).verdicts
      #expect(verdicts.map { String($0.rule) } == ["last", "delayed-words", "last", "delayed-words"])
    }
  }

  @Test func theReportsTextStandsInForMissingWords() throws {
    let rules = try rules(Self.twoRules)
    #expect(try winner(rules) { record($0, diagnostic: "", text: "The mailbox is full.") } == "first")
  }

  @Test func otherLettersAreComparedWithoutCase() throws {
    let rules = try rules(
      """
      - id: full
        category: soft_bounce
        reason: mailbox_full
        why: Test.
        match: { diagnostic: ['ПЕРЕПОЛНЕН', 'größe'] }
        examples: [{ diagnostic: 'переполнен' }]
      - id: last
        category: user_reply
        reason: unclassified
        why: Test.
        match: {}
        examples: [{ text: 'x' }]
      """)
    #expect(try winner(rules) { record($0, diagnostic: "Ящик переполнен") } == "full")
    #expect(try winner(rules) { record($0, diagnostic: "GRÖSSE") } == "full")
    #expect(try winner(rules) { record($0, diagnostic: "GRÖßE") } == "full")
  }

  @Test func filesComeInTheOrderOfTheirNames() throws {
    func file(_ name: String, _ id: String, _ pattern: String) -> RuleFile {
      RuleFile(
        name: name,
        text: """
          - id: \(id)
            category: soft_bounce
            reason: undetermined
            why: Test.
            match: { diagnostic: ['\(pattern)'] }
            examples: [{ diagnostic: '\(pattern)' }]
          """)
    }
    let late = file("50-late.yaml", "late", "word")
    let early = file("00-early.yaml", "early", "word")
    #expect(try winner(try RuleSet(files: [late, early])) { record($0, diagnostic: "word") } == "early")
    #expect(try RuleSet(files: [late, early]).digest == RuleSet(files: [early, late]).digest)
  }

  @Test(arguments: [
    ("- id: x\n  category: soft\n  reason: expired\n  why: w\n  match: {}\n", "unknown category"),
    ("- id: x\n  category: soft_bounce\n  reason: full\n  why: w\n  match: {}\n", "unknown reason 'full'"),
    ("- id: x\n  category: soft_bounce\n  reason: expired\n  why: w\n  match: { diagnostik: ['a'] }\n", "diagnostik"),
    ("- id: x\n  category: soft_bounce\n  reason: expired\n  why: w\n  match: { diagnostic: ['(open'] }\n", "(open"),
    ("- id: x\n  category: soft_bounce\n  reason: expired\n  why: w\n  match: { diagnostic: ['a.*b'] }\n", "bound it"),
    (
      "- id: x\n  category: soft_bounce\n  reason: expired\n  why: w\n  match: { diagnostic: ['(?=a)b'] }\n",
      "looks around"
    ),
    ("not: [yaml", "40-test.yaml"),
  ])
  func aBrokenFileNamesPlaceAndMend(_ text: String, _ words: String) {
    #expect {
      _ = try rules(text)
    } throws: { error in
      "\(error)".contains(words) && "\(error)".contains("40-test.yaml")
    }
  }
}
