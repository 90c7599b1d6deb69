import ByteSlices
import Records
import Testing

@testable import Classify

/// What the rules saw, and where it stands in the text as it was.
@Suite struct HearingTests {
  private let arena = Arena()

  private func hear(_ rules: String, _ make: (inout ParseRecord) -> Void) throws -> ([Hearing], RuleSet) {
    let end = "- { id: last, category: user_reply, reason: unclassified, why: End., match: {} }\n"
    let set = try RuleSet(files: [RuleFile(name: "40-test.yaml", text: rules + end)])
    var record = ParseRecord(id: MessageID(words: .zero), source: MessageSource())
    make(&record)
    return (try Judge(set).hear(record), set)
  }

  private func words(_ sight: Sight, _ hearing: Hearing) -> String {
    let text = Array(hearing.exhibits[sight.exhibit].text.utf8)
    return sight.range.map { String(decoding: text[$0], as: UTF8.self) } ?? String(decoding: text, as: UTF8.self)
  }

  private static func rule(_ id: String, _ match: String, unless: String = "{}") -> String {
    """
    - id: \(id)
      category: soft_bounce
      reason: mailbox_full
      why: Test.
      match: \(match)
      unless: \(unless)

    """
  }

  private func report(_ diagnostic: String, status: String = "", in record: inout ParseRecord) {
    record.kind = .dsn
    var recipient = RecipientEvidence()
    recipient.address = ByteSlice("ann@example.org")
    recipient.diagnostic = arena.copy(diagnostic)
    recipient.status = arena.copy(status)
    record.recipients = [recipient]
  }

  @Test func matchedWordsAreFoundAgainBehindAddressesAndAccents() throws {
    let (hearings, _) = try hear(
      Self.rule("full", "{ diagnostic: ['grosse \\S{1,20} uberschritten'], status: '5.2.*' }")
    ) {
      report(
        "552 <anna.größe@example.org>: die Größe @x.example. ist, Größe grün ÜBERSCHRITTEN!", status: "5.2.2", in: &$0)
    }
    let winner = try #require(hearings.first?.winner)
    #expect(winner.sights.map { words($0, hearings[0]) } == ["Größe grün ÜBERSCHRITTEN", "5.2.2"])
  }

  @Test func theVetoIsNamedAndTheLaterRuleToo() throws {
    let rules =
      Self.rule("first", "{ diagnostic: ['mailbox'] }", unless: "{ diagnostic: ['not full'] }")
      + Self.rule("second", "{ diagnostic: ['mailbox'] }") + Self.rule("third", "{ diagnostic: ['full'] }")
    let (hearings, set) = try hear(rules) { report("the mailbox is not full", in: &$0) }
    #expect(hearings[0].trials.map { set.rules[$0.rule].id } == ["first", "second", "third", "last"])
    #expect(hearings[0].trials.map(\.holds) == [false, true, true, true])
    #expect(hearings[0].trials[0].vetoes.map { words($0, hearings[0]) } == ["not full"])
  }

  @Test func headersAreMarkedWithoutTheirNames() throws {
    let rules = Self.rule("auto", "{ header.auto-submitted: ['replied'], from: ['daemon'], subject: ['^news'] }")
    let (hearings, _) = try hear(rules) {
      $0.from = ByteSlice("mailer-daemon@example.net")
      $0.fromName = ByteSlice("Mail Delivery")
      $0.subject = ByteSlice("[list] News of May")
      $0.headers = [(ByteSlice("auto-submitted"), ByteSlice("auto-replied (vacation)"))]
    }
    let winner = try #require(hearings[0].winner)
    #expect(Set(winner.sights.map { words($0, hearings[0]) }) == ["replied", "daemon", "News"])
    #expect(hearings[0].exhibits.contains(Exhibit(field: "from", text: "Mail Delivery <mailer-daemon@example.net>")))
    #expect(hearings[0].exhibits.contains(Exhibit(field: "subject", text: "[list] News of May")))
  }

  @Test func theReportsTextIsMarkedWhereItStoodIn() throws {
    let (hearings, _) = try hear(Self.rule("full", "{ diagnostic: ['mailbox full'] }")) {
      report("", in: &$0)
      $0.text = ByteSlice("To: <bob@example.org>\nThe MAILBOX\nfull of mail.")
    }
    let winner = try #require(hearings[0].winner)
    #expect(hearings[0].byText)
    #expect(hearings[0].exhibits[winner.sights[0].exhibit].field == "text")
    #expect(words(winner.sights[0], hearings[0]) == "MAILBOX\nfull")
  }

  /// The first that a hearing finds to hold is the one that judges, for all examples there are.
  @Test func hearingAndJudgingAgree() throws {
    let set = try RuleSet.bundled()
    let judge = try Judge(set)
    for rule in set.rules {
      for example in rule.examples + rule.counterexamples {
        arena.reset()
        let record = example.record(arena: arena)
        let judged = judge.judge(record, arena: arena).verdicts.map { String($0.rule) }
        let hearings = judge.hear(record)
        let heard = hearings.compactMap { $0.winner.map { set.rules[$0.rule].id } }
        #expect(judged == heard)
        for hearing in hearings {
          for sight in hearing.trials.flatMap({ $0.sights + $0.vetoes }) where sight.range == nil {
            #expect(FactField(rawValue: sight.field) != nil, "\(rule.id): \(sight.field) \(sight.pattern.text)")
          }
        }
      }
    }
  }
}
