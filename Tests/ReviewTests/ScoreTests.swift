import Testing

@testable import Review

@Suite struct ScoreTests {
  private func score(_ csv: String, _ verdicts: [(path: String, verdicts: [Score.Judged]?)]) throws -> Score {
    let labels = try Labels(csv, name: "labels.csv")
    var score = Score()
    for message in labels.messages {
      let judged = verdicts.first { $0.path == message.path }?.verdicts
      score.add(message, judged, gravest: judged?.first?.category ?? "")
    }
    return score
  }

  private func judged(_ recipient: String, _ category: String, _ reason: String, status: String = "") -> Score.Judged {
    Score.Judged(recipient: recipient, category: category, reason: reason, status: status, rule: "r")
  }

  private static let header = "path,recipient,category,reason,accept,status,language,note\n"

  @Test func rightAndWrongAreCounted() throws {
    let csv =
      Self.header + """
        a,ann@example.org,hard_bounce,user_unknown,,5.1.1,en,
        b,bob@example.org,mail_block,blocked|spam_detected,,,en,
        c,,user_reply,,auto_reply,,en,
        d,dora@example.org,soft_bounce,expired,,,en,
        """
    let score = try score(
      csv,
      [
        ("a", [judged("ann@example.org", "hard_bounce", "user_unknown", status: "5.1.1")]),
        ("b", [judged("bob@example.org", "mail_block", "spam_detected")]),
        ("c", [judged("carl@example.org", "auto_reply", "vacation")]),
        ("d", [judged("eve@example.org", "hard_bounce", "user_unknown")]),
      ])
    #expect(score.category.right == 3 && score.category.of == 4)
    #expect(score.macro == 75)
    #expect(score.reason.right == 2 && score.reason.of == 2)
    #expect(score.recall.right == 2 && score.recall.of == 3)
    #expect(score.precision.right == 2 && score.precision.of == 3)
    #expect(score.status.percent == 100)
    #expect(score.harm.right == 1 && score.harm.of == 3)
    #expect(score.confusion["soft_bounce"] == ["hard_bounce": 1])
  }

  @Test func wildcardsTakeWhatTheyAccept() throws {
    let csv = Self.header + "a,,*,,hard_bounce|soft_bounce,,,\nb,,!,,hard_bounce,,,\nc,,!,,hard_bounce,,,\n"
    let score = try score(
      csv,
      [
        ("a", [judged("", "soft_bounce", "expired")]), ("b", [judged("", "user_reply", "reply")]),
        ("c", [judged("", "hard_bounce", "user_unknown")]),
      ])
    #expect(score.category.right == 2)
    // No category of their own, so no part of the mean.
    #expect(score.macro == 0 && score.harm.of == 0)
  }

  @Test func aMessageThatIsMissingHasNoVerdict() throws {
    let score = try score(Self.header + "a,,user_reply,,,,,\n", [])
    #expect(score.withoutVerdict == 1 && score.category.right == 0)
  }

  @Test func ofTwoRecipientsEachHasItsOwnVerdict() throws {
    let csv = Self.header + "a,ann@example.org,hard_bounce,,,,,\na,bob@example.org|b@example.org,soft_bounce,,,,,\n"
    let score = try score(
      csv, [("a", [judged("B@example.org", "soft_bounce", ""), judged("Ann@example.org", "hard_bounce", "")])])
    #expect(score.category.right == 2 && score.recall.right == 2 && score.precision.percent == 100)
  }

  @Test func percentagesAreRoundedAsPythonDoes() {
    #expect(Score.rounded(100 * 2.0 / 3) == 66.67)
    #expect(Score.rounded(0.125) == 0.12)
    #expect(Score.rounded(99.995) == 100.0 || Score.rounded(99.995) == 99.99)
  }

  @Test(arguments: [
    ("recipient,category\n", "labels.csv:1: no column 'path'"),
    ("path,category\na,soft\n", "labels.csv:2: unknown category 'soft'"),
    ("path,category\n\"a\nb\",user_reply\n,user_reply\n", "labels.csv:4: no path"),
    ("path,category,accept\na,user_reply,*\n", "labels.csv:2: unknown category '*'"),
    ("path,category\n", "no labels"),
  ])
  func brokenLabelsNameTheirLine(_ csv: String, _ words: String) {
    #expect { try Labels(csv, name: "labels.csv") } throws: { "\($0)".contains(words) }
  }

  @Test func csvMayQuoteAnything() {
    let rows = CSVFile("\u{FEFF}a,\"b \"\"c\"\", d\"\r\n\r\n\"x\ny\",\n").rows
    #expect(rows.map(\.fields) == [["a", "b \"c\", d"], ["x\ny", ""]])
    #expect(rows.map(\.line) == [1, 3])
  }
}
