import ByteSlices
import Records
import Testing

@testable import Classify

/// Whose address a verdict names, and what becomes of repeats.
@Suite struct VerdictTests {
  private static let rules = Result { try RuleSet.bundled() }
  private let arena = Arena()

  private func judge(_ record: ParseRecord) throws -> [Verdict] {
    try Judge(try Self.rules.get()).judge(record, arena: arena).verdicts
  }

  private func report(_ recipients: (address: String, diagnostic: String)...) -> ParseRecord {
    var record = ParseRecord(id: MessageID(words: .zero), source: MessageSource())
    record.kind = .dsn
    record.from = ByteSlice("MAILER-DAEMON@mx.example.net")
    for (address, diagnostic) in recipients {
      var recipient = RecipientEvidence()
      recipient.address = arena.copy(address)
      recipient.foundIn = .finalRecipient
      recipient.action = ByteSlice("failed")
      recipient.diagnostic = arena.copy(diagnostic)
      record.recipients.append(recipient)
    }
    return record
  }

  @Test func aFailureNamesTheRecipientWithItsDomainInLowerCase() throws {
    let verdicts = try judge(report(("Bob.B@Example.ORG", "550 5.1.1 User unknown")))
    #expect(verdicts.count == 1)
    #expect(String(verdicts[0].recipient) == "Bob.B@example.org")
    #expect(verdicts[0].category == .hardBounce && verdicts[0].hard)
    #expect(verdicts[0].foundIn == .finalRecipient)
    #expect(String(verdicts[0].field) == "diagnostic")
  }

  @Test func aRecipientTwiceCountsOnceAndGravest() throws {
    let verdicts = try judge(
      report(("bob@example.org", "452 4.2.2 Over quota"), ("BOB@example.org", "550 5.1.1 User unknown")))
    #expect(verdicts.map(\.category) == [.hardBounce])
  }

  @Test func aMailboxNamedLikeACauseIsNoCause() throws {
    for name in ["spam", "virus", "relay", "quota-full", "blocked", "dmarc", "greylisted"] {
      let verdicts = try judge(report(("\(name)@example.org", "550 5.1.1 <\(name)@example.org>: User unknown")))
      #expect(String(verdicts[0].reason) == "user_unknown", "\(name)")
    }
  }

  @Test func wordsBehindAnAddressAndDotsAreNotItsDomain() throws {
    let verdicts = try judge(report(("bob@example.org", "550 bob@example.org...User unknown")))
    #expect(String(verdicts[0].reason) == "user_unknown")
  }

  @Test func aReportWithoutRecipientsStillHasAVerdict() throws {
    var record = report()
    record.text = ByteSlice("The following addresses had permanent errors.")
    let verdicts = try judge(record)
    #expect(verdicts.count == 1 && verdicts[0].recipient.isEmpty)
    #expect(verdicts[0].category == .softBounce)
  }

  @Test func aPersonIsNamedByFromWhateverRecipientsWereRead() throws {
    var record = ParseRecord(id: MessageID(words: .zero), source: MessageSource())
    record.from = ByteSlice("Ann@Example.NET")
    record.envelopeSender = ByteSlice("ann@example.net")
    record.subject = ByteSlice("Re: News")
    record.text = ByteSlice("Please take me off your mailing list.")
    let verdicts = try judge(record)
    #expect(verdicts.map { String($0.recipient) } == ["Ann@example.net"])
    #expect(verdicts[0].category == .unsubscribeRequest && verdicts[0].foundIn == .from)
  }

  @Test func aMoveInABounceNamesTheOldAddressAndFindsTheNew() throws {
    var record = report(("bob@example.org", "551 5.1.6 User has moved to bob.new@example.com"))
    record.mentioned = [ByteSlice("bob@example.org"), ByteSlice("bob.new@example.com")]
    let verdicts = try judge(record)
    #expect(verdicts[0].category == .redirect)
    #expect(String(verdicts[0].recipient) == "bob@example.org")
    #expect(String(verdicts[0].newAddress) == "bob.new@example.com")
  }

  @Test func quotedWordsDecideNothing() throws {
    var record = ParseRecord(id: MessageID(words: .zero), source: MessageSource())
    record.from = ByteSlice("ann@example.net")
    record.subject = ByteSlice("Re: News")
    record.text = ByteSlice("I like the new pictures.")
    record.quoted = ByteSlice("Please remove me from this list. Unsubscribe!")
    #expect(try judge(record)[0].category == .userReply)
  }

  /// A rule that asks for text of persons must not see a report's, and one that names no kind must see both.
  @Test func textIsReadByTheRulesOfItsKind() throws {
    let rules = try RuleSet(files: [
      RuleFile(
        name: "10-test.yaml",
        text: """
          - id: person
            category: user_reply
            reason: reply
            why: Test.
            match: { kind: plain, text: ['marmalade'] }
          - id: both
            category: auto_reply
            reason: other
            why: Test.
            match: { text: ['marmalade|mustard'] }
          - id: last
            category: user_reply
            reason: unclassified
            why: Test.
            match: {}
          """)
    ])
    func winner(_ kind: MessageKind, _ text: String) throws -> String {
      var record = ParseRecord(id: MessageID(words: .zero), source: MessageSource())
      record.kind = kind
      record.text = arena.copy(text)
      return String(try Judge(rules).judge(record, arena: arena).verdicts[0].rule)
    }
    #expect(try winner(.plain, "orange marmalade") == "person")
    #expect(try winner(.plain, "mustard") == "both")
    #expect(try winner(.dsn, "orange marmalade") == "both")
    #expect(try winner(.mdn, "honey") == "last")
  }

  @Test func onlyHeadersThatRulesNameAreLookedAt() {
    let table = HeaderTable(["auto-submitted", "x-loop"])
    #expect(table.contains(ByteSlice("Auto-Submitted")) && table.contains(ByteSlice("x-loop")))
    #expect(!table.contains(ByteSlice("received")))
    #expect(!table.contains(ByteSlice("")))
    #expect(!table.contains(ByteSlice("x-loops")))
  }

  @Test func allThatIsWrongIsToldTogetherInOrder() {
    let broken = """
      - id: one
        category: soft_bounce
        reason: expired
        why: Test.
        match: { diagnostic: ['\\bпочта'] }
      - id: one
        category: hard_bounce
        reason: expired
        match: { kind: letter }
      """
    do {
      _ = try RuleSet(files: [RuleFile(name: "40-broken.yaml", text: broken)])
      Issue.record("a broken file was taken")
    } catch let error as RuleError {
      let text = error.description
      #expect(error.problems.count >= 4)
      #expect(text.contains("40-broken.yaml:5: rule one") && text.contains("'\\b' beside 'п'"))
      #expect(text.contains("the id is taken by 40-broken.yaml:1"))
      #expect(text.contains("unknown reason 'expired' of hard_bounce"))
      #expect(text.contains("'kind' is never 'letter'"))
      #expect(error.problems.map(\.line) == error.problems.map(\.line).sorted())
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func theOrderInWhichFilesAreGivenChangesNothing() throws {
    let files = RuleFile.bundled()
    let forward = try Self.rules.get()
    let backward = try RuleSet(files: files.reversed())
    #expect(forward.digest == backward.digest)
    #expect(forward.rules.map(\.id) == backward.rules.map(\.id))
  }
}
