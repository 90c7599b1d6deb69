import Act
import DatabaseSupport
import Foundation
import GRDB
import Records
import Store
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

  @Test func tellsWhichCampaignsWereSent() throws {
    let office = try Office()
    try office.take("key,email\n17,ada@example.org\n18,bob@example.org\n")
    let ada = try #require(
      try Store.open(office.database).read {
        try Int.fetchOne($0, sql: "SELECT id FROM roster WHERE key = '17'")
      })
    let folder = (office.database as NSString).deletingLastPathComponent + "/campaigns"
    for (name, state, note) in [("spring", 2, "NULL"), ("autumn", 3, "'550 no'"), ("winter", 0, "")] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      guard state > 0 else { continue }
      try DatabaseQueue(path: "\(folder)/\(name)/ledger.sqlite").write { db in
        try db.execute(
          sql: """
            CREATE TABLE sent (subscriber INTEGER PRIMARY KEY, state INTEGER NOT NULL, at INTEGER, note TEXT) STRICT;
            CREATE VIEW v_sent AS SELECT subscriber, CASE state WHEN 2 THEN 'sent' ELSE 'refused' END AS state,
              datetime(at, 'unixepoch') AS at, note FROM sent;
            INSERT INTO sent VALUES (\(ada), \(state), \(state * 86400), \(note));
            """)
      }
    }
    let dossier = try Dossier(of: "17", database: office.database, campaigns: folder)
    #expect(dossier.history.map(\.what) == ["spring sent", "autumn refused"])
    #expect(dossier.history.map(\.at) == [2 * 86400, 3 * 86400])
    #expect(dossier.history.map(\.words) == [nil, "550 no"])
    #expect(dossier.text().contains("campaign spring sent"))
    #expect(try Dossier(of: "18", database: office.database, campaigns: folder).history.isEmpty)
    #expect(try Dossier(of: "17", database: office.database).history.isEmpty)
  }
}
