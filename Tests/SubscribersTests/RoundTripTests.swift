import Act
import DatabaseSupport
import Foundation
import GRDB
import Records
import Testing

@testable import Subscribers

/// What goes out and comes in again is the same.
@Suite struct RoundTripTests {
  private static let awkward = [
    "plain", "with, comma", "\"quoted\"", "two\nlines", " spaces ", "semi;colon", "Zoë 日本", "=1+2", "{}", "null", "0",
    "a\tb", "\\",
  ]

  /// Subscribers with all sorts of fields, lists and states, drawn by chance.
  private func populate(_ office: Office, seed: UInt64) throws {
    var random = Seeded(seed: seed)
    var text = ""
    for number in 0..<60 {
      var members = ["key": JSONValue.of("k\(number)"), "email": JSONValue.of("Reader\(number)@example.org")]
      let lists = ["news", "offers", "the club"].filter { _ in Bool.random(using: &random) }
      members["lists"] = "[" + lists.map(JSONValue.of).joined(separator: ",") + "]"
      for name in ["name", "Order No", "note", "key:json"] where Bool.random(using: &random) {
        members[name] = JSONValue.of(Self.awkward.randomElement(using: &random) ?? "")
      }
      // At times a field holds more than text.
      if seed % 2 == 0 {
        members["extra"] = ["1.50", "true", "[1,{\"a\":null}]", "\"text\""].randomElement(using: &random)
      }
      text += JSONValue.object(members) + "\n"
    }
    #expect(try office.take(text).added == 60)
    var mails: [Mail] = []
    for number in 0..<30 {
      let (category, reason): (Category, String) =
        [
          (.hardBounce, "user_unknown"), (.unsubscribeRequest, "reply"), (.feedbackLoop, "abuse"), (.redirect, "moved"),
        ].randomElement(using: &random) ?? (.hardBounce, "user_unknown")
      mails.append(Office.mail("m\(number)", "reader\(number)@example.org", category, reason, day: number))
    }
    mails.append(Office.mail("stranger", "Stranger@example.net", .hardBounce, "user_unknown"))
    try office.bench.load(0, mails)
    try office.act()
    let overrides = try Overrides(databasePath: office.database, policy: .default)
    for number in stride(from: 0, to: 60, by: 7) {
      let state = Override.State.allCases.randomElement(using: &random) ?? .active
      try overrides.set(
        Override(address: "reader\(number)@example.org", state: state, note: "said, \"so\"", at: 1_600_000_000 + number)
      )
    }
    try overrides.set(
      Override(address: "reader9@example.org", state: .unsubscribed, list: "news", note: "by phone", at: 1_650_000_000))
  }

  @Test(arguments: 1...6 as ClosedRange<UInt64>) func subscribersComeBack(seed: UInt64) throws {
    let office = try Office()
    try populate(office, seed: seed)
    for format in SubscriberExport.Format.allCases {
      let out = try office.give(format)
      // Into the same database: nothing changes.
      let again = try office.take(out)
      #expect(again.unchanged == 60 && again.states == 0 && again.rejected == 0)
      #expect(try office.give(format) == out)
      // Into another one: the same rows, and the same file, whatever the configuration calls its columns.
      let other = try Office()
      #expect(try other.take(out, ColumnMap(key: "No", address: "Mail", fields: ["x": "Y"])).added == 60)
      #expect(try other.give(format) == out)
      for table in ["roster", "memberships"] {
        let sql = "SELECT * FROM \(table) ORDER BY 1, 2"
        #expect(try other.lines(sql) == office.lines(sql))
      }
    }
  }

  @Test(arguments: [SuppressionFormat.csv, .ndjson]) func suppressionsComeBack(format: SuppressionFormat) throws {
    let office = try Office()
    try populate(office, seed: 1)
    let out = try office.giveSuppressions(format)
    #expect(out.contains("news") && out.contains("Stranger@example.net") && out.contains("by phone"))
    let before = try office.bench.dump()
    let again = try office.takeSuppressions(out, format)
    #expect(again.suppressed == 0 && again.unchanged == again.rows && again.rejected == 0)
    #expect(try office.bench.dump() == before)

    let other = try Office()
    let summary = try other.takeSuppressions(out, format)
    #expect(summary.suppressed == summary.rows && summary.rows > 10)
    #expect(try other.giveSuppressions(format) == out)
    // Act finds that it is so, by any policy.
    try other.act()
    #expect(try other.giveSuppressions(format) == out)
    try other.act(Policy(changing: ["hard_bounce": Suppression.never]))
    #expect(try other.giveSuppressions(format) == out)
  }

  /// Forms that tell less come back as what they tell.
  @Test(arguments: SuppressionFormat.allCases) func everyFormatIsReadAgain(format: SuppressionFormat) throws {
    let office = try Office()
    try populate(office, seed: 2)
    let out = try office.giveSuppressions(format)
    let other = try Office()
    let summary = try other.takeSuppressions(out, format)
    #expect(summary.rejected == 0 && summary.rows > 0 && summary.suppressed == summary.rows)
    #expect(try other.giveSuppressions(format).lowercased() == out.lowercased())
  }

  @Test func theFormsAreThoseThatOthersTake() throws {
    let office = try Office()
    try office.takeSuppressions(
      """
      address,status,since,cause
      Ada@example.org,suppressed,2024-01-31T12:00:00Z,hard_bounce/user_unknown
      bo@example.org,unsubscribed,2024-02-01T08:30:05Z,unsubscribe_request/reply
      cy@example.org,suppressed,,feedback_loop/abuse

      """)
    func lines(_ format: SuppressionFormat) throws -> [Substring] {
      try office.giveSuppressions(format).split(separator: "\n")
    }
    #expect(try lines(.addresses) == ["Ada@example.org", "bo@example.org", "cy@example.org"])
    #expect(
      try lines(.postfix).dropFirst() == [
        "ada@example.org\t550 5.7.1 suppressed: hard_bounce/user_unknown",
        "bo@example.org\t550 5.7.1 unsubscribed: unsubscribe_request/reply",
        "cy@example.org\t550 5.7.1 suppressed: feedback_loop/abuse",
      ])
    let kumo = try JSONDecoder().decode([String: String].self, from: Data(office.giveSuppressions(.kumomta).utf8))
    #expect(kumo["ada@example.org"] == "hard_bounce/user_unknown" && kumo.count == 3)
    #expect(try lines(.ses) == ["Ada@example.org,BOUNCE", "bo@example.org,COMPLAINT", "cy@example.org,COMPLAINT"])
    #expect(
      try lines(.mailgunBounces) == [
        "address,code,error,created_at",
        "Ada@example.org,550,hard_bounce/user_unknown,\"Wed, 31 Jan 2024 12:00:00 UTC\"",
      ])
    #expect(try lines(.mailgunComplaints) == ["address,created_at", "cy@example.org,"])
    #expect(
      try lines(.mailgunUnsubscribes)
        == ["address,tag,created_at", "bo@example.org,*,\"Thu, 01 Feb 2024 08:30:05 UTC\""])
    #expect(try lines(.sendgrid)[1] == "Ada@example.org,hard_bounce/user_unknown,1706702400")
    #expect(try lines(.mailchimp) == ["Email Address", "Ada@example.org", "bo@example.org", "cy@example.org"])
    #expect(try lines(.listmonk)[0] == "email,name,attributes")
    #expect(
      try office.giveSuppressions(.postmark)
        == #"{"Suppressions":[{"EmailAddress":"Ada@example.org"},{"EmailAddress":"bo@example.org"},"#
        + #"{"EmailAddress":"cy@example.org"}]}"# + "\n")
  }

  @Test func whatOtherSystemsExportIsTaken() throws {
    let office = try Office()
    try office.takeSuppressions(
      "status,reason,email,created\n5.1.1,550 no such user,a@example.org,1700000000\n", .sendgrid)
    try office.takeSuppressions("Email Address,UNSUB_TIME\nb@example.org,2024-03-01 10:00:00\n", .mailchimp)
    try office.takeSuppressions(
      #"{"Suppressions":[{"EmailAddress":"c@example.org","SuppressionReason":"SpamComplaint","#
        + #""CreatedAt":"2024-03-01T10:00:00-05:00"}]}"#, .postmark)
    try office.takeSuppressions(
      "# map\n@example.net REJECT\nok@example.org OK\nd@example.org REJECT no such user\n", .postfix)
    try office.takeSuppressions("e@example.org\nnonsense\n", .addresses, list: "news")
    #expect(
      try office.giveSuppressions().split(separator: "\n").dropFirst() == [
        "a@example.org,,suppressed,2023-11-14T22:13:20Z,imported,,imported,550 no such user",
        "b@example.org,,unsubscribed,2024-03-01T10:00:00Z,unsubscribe_request/imported,,imported,",
        "c@example.org,,suppressed,2024-03-01T15:00:00Z,feedback_loop/abuse,,imported,",
        "d@example.org,,suppressed,,imported,,imported,REJECT no such user",
        "e@example.org,news,suppressed,,imported,,imported,",
      ])
  }

  @Test func aDecisionTakenHereStands() throws {
    let office = try Office()
    let overrides = try Overrides(databasePath: office.database, policy: .default)
    try overrides.set(Override(address: "a@example.org", state: .active, at: 1))
    #expect(try office.takeSuppressions("email\na@example.org\n").unchanged == 1)
    #expect(try office.lines("SELECT status FROM subscribers") == [#"restored"#])
  }
}
