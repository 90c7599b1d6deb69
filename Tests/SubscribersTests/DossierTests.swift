import Act
import DatabaseSupport
import Foundation
import Records
import Testing

@testable import Subscribers

@Suite struct DossierTests {
  @Test func tellsEverythingInOrder() throws {
    let office = try Office()
    try office.take("key,email,lists,name\n17,Ada@example.org,news,Ada\n")
    try office.bench.load(
      0,
      [
        Office.mail("late", "ada@example.org", .hardBounce, "user_unknown", day: 300),
        Office.mail("early", "ADA@example.org", .autoReply, "vacation", day: 200),
      ])
    try office.act()
    let overrides = try Overrides(databasePath: office.database, policy: .default)
    try overrides.set(Override(address: "ada@example.org", state: .active, note: "called us", at: 250 * 86400))
    for who in ["17", "ADA@EXAMPLE.ORG"] {
      let dossier = try Dossier(of: who, database: office.database)
      #expect(dossier.people.map(\.key) == ["17"] && dossier.people.first?.lists == ["news"])
      #expect(dossier.standings.map(\.status) == ["restored"])
      #expect(
        dossier.history.map(\.what) == [
          "auto_reply/vacation", "restore", "hard_bounce/user_unknown",
          "suppressed → active (manual)",
        ])
      let text = dossier.text(width: 78)
      #expect(text.split(separator: "\n").allSatisfy { $0.count <= 78 })
      #expect(text.contains("restored") && text.contains("called us") && text.contains("rule-of-user_unknown"))
      #expect(text.contains("550 5.1.1 no such user"))
      let json = try JSONSerialization.jsonObject(with: Data(dossier.encoded().utf8)) as? [String: Any]
      #expect((json?["history"] as? [Any])?.count == 4)
    }
    #expect(throws: SubscriberError.self) { try Dossier(of: "nobody@example.org", database: office.database) }
  }
}
