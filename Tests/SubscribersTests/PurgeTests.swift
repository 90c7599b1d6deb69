import Act
import DatabaseSupport
import Foundation
import GRDB
import Records
import Store
import Testing

@testable import Subscribers

@Suite struct PurgeTests {
  private static let mails = [
    Office.mail("1", "Ada@example.org", .hardBounce, "user_unknown"),
    Office.mail("2", "ada@example.org", .userReply, "reply", from: "Ada@Example.org"),
    Office.mail("3", "bo@example.org", .hardBounce, "user_unknown"),
    Mail(
      name: "4",
      verdicts: [
        .init(recipient: "ada@example.org", category: .softBounce, reason: "expired", rule: "r"),
        .init(
          recipient: "cy@example.org", category: .redirect, reason: "moved", rule: "r", newAddress: "ADA@example.org"),
        .init(recipient: "di@example.org", category: .softBounce, reason: "expired", rule: "r"),
      ]),
  ]

  private func fill(_ office: Office) throws {
    try office.take("key,email,lists,name\n1,Ada@example.org,news,Ada\n2,bo@example.org,news,Bo\n")
    try office.bench.load(0, Self.mails)
    try office.bench.load(1, [Self.mails[0]])
    try office.act()
    let overrides = try Overrides(databasePath: office.database, policy: .default)
    try overrides.set(Override(address: "ada@example.org", state: .active, note: "Ada called", at: 5))
    try overrides.set(Override(address: "ada@example.org", state: .suppressed, list: "news", at: 6))
  }

  /// Notes a delivery for each event, as a disposition that gets events does.
  private func noteDeliveries(_ office: Office) throws {
    try office.bench.stage.database.write { db in
      try db.execute(
        sql: """
          INSERT INTO ledger (message, disposition, event, state, cause, rule, recipient, attempts)
          SELECT m.id, 'hook', lower(e.recipient) || ' ' || e.category || '/' || e.reason, 'delivered',
            e.category || '/' || e.reason, e.rule, e.recipient, 0
          FROM events e JOIN messages m ON m.key = e.message
          """)
    }
  }

  /// Everything in the database that holds these letters.
  private func traces(_ office: Office) throws -> [String] {
    try office.bench.stage.database.read { db in
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      return try tables.flatMap { table in
        try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"").map { "\(table): \($0)" }
          .filter { $0.lowercased().contains("ada@") || $0.contains("Ada") }
      }
    }
  }

  @Test func nothingIsLeftButVerdicts() throws {
    let office = try Office()
    try fill(office)
    try noteDeliveries(office)
    let before = try office.bench.dump()
    let plan = try Purge(database: office.database).run("1", at: 9, apply: false)
    #expect(try office.bench.dump() == before)
    let report = try Purge(database: office.database).run("1", at: 9, apply: true)
    #expect(report.address == "Ada@example.org" && report.erased == plan.erased && report.applied)
    #expect(report.erased["subscribers"] == 1)
    #expect(report.erased["events, of which nothing but the verdict is left"] == 5)
    #expect(report.archives == ["/archive/bounces.mbox": 4] && report.shards == [0, 1])
    #expect(report.text.contains("4 messages in /archive/bounces.mbox"))
    #expect(try traces(office) == [])
    // An entry is named as the erased event would be, so that nothing is passed on again; others keep their names.
    let entries = try office.bench.stage.database.read { db in
      try String.fetchAll(db, sql: "SELECT event FROM ledger WHERE disposition = 'hook' ORDER BY event")
    }
    #expect(
      entries.contains(" hard_bounce/user_unknown") && entries.contains("bo@example.org hard_bounce/user_unknown"))
    #expect(try office.bench.count("events") == 6, "what was judged still counts")
    #expect(try office.lines("SELECT key FROM roster") == [#"2"#])
    // Others keep what is theirs.
    #expect(try office.lines("SELECT address FROM subscribers ORDER BY 1").count == 3)
  }

  @Test func staysErasedWhenLoadedAgain() throws {
    let office = try Office()
    try fill(office)
    _ = try Purge(database: office.database).run("ADA@example.org", at: 9, apply: true)
    try office.act()
    let after = try office.bench.dump()
    for _ in 0..<2 {
      try office.bench.stage.removeShards(notIn: [])
      try office.bench.load(0, Self.mails)
      try office.bench.load(1, [Self.mails[0]])
      try office.act()
      #expect(try traces(office) == [])
    }
    #expect(try office.bench.dump().filter { !$0.hasPrefix("settings") } == after.filter { !$0.hasPrefix("settings") })
    // A database that never held it gives the same when it knows the tombstone.
    #expect(try office.take("email\nada@example.org\nnew@example.org\n").erased == 1)
    #expect(try office.takeSuppressions("email\nADA@example.org\n").erased == 1)
    #expect(try traces(office) == [])
    let dossier = try Dossier(of: "ada@example.org", database: office.database)
    #expect(dossier.erased == 9 && dossier.history.isEmpty && dossier.text().contains("erased on request"))

    #expect(try office.take("email\nada@example.org\n", change: { $0.includeErased = true }).added == 1)
    #expect(try Dossier(of: "ada@example.org", database: office.database).erased == nil)
  }

  @Test func whoIsUnknownIsNotLoadedLater() throws {
    let office = try Office()
    let report = try Purge(database: office.database).run("ada@example.org", at: 9, apply: true)
    #expect(report.erased.isEmpty)
    try office.bench.load(0, Self.mails)
    #expect(try traces(office) == [])
    #expect(throws: SubscriberError.self) { try Purge(database: office.database).run("nobody", at: 9, apply: true) }
  }
}
