import ByteSlices
import Foundation
import GRDB
import Testing

@testable import Store

@Suite struct StoreTests {
  /// The vector of the SipHash paper's appendix A.
  @Test func hashesAsThePaperDoes() {
    let bytes = (0..<15).map { UInt8($0) }
    #expect(
      bytes.withByteSlice { StableID.hash($0, 0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908) } == 0xA129_CA61_49BE_45E5)
    #expect(StableID.of("someone@example.com") == StableID.of("someone@example.com"))
    #expect(StableID.of("someone@example.com") != StableID.of("someone@example.org"))
  }

  @Test func keysOfNeighboursDoNotMeet() {
    #expect(Schema.messageKeys(shard: 1).upperBound + 1 == Schema.messageKeys(shard: 2).lowerBound)
    #expect(Schema.eventKeys(shard: 1).upperBound + 1 == Schema.eventKeys(shard: 2).lowerBound)
    #expect(Schema.eventKeys(shard: Schema.maxShard - 1).upperBound == Int.max)
    let message = Schema.messageKeys(shard: 3).upperBound
    #expect(Schema.eventKeys(message: message).upperBound == Schema.eventKeys(shard: 3).upperBound)
  }

  @Test func saysThatThereIsNoDatabase() {
    let path = temporaryPath()
    #expect(throws: StoreError.missing(path: path)) { try Store.open(path, create: false) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func refusesTablesOfALaterVersion() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let database = try Store.open(path)
    try database.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999-of-the-future')") }
    #expect(throws: StoreError.newer(path: path)) { try Store.open(path) }
  }

  @Test func aLedgerOfAnEarlierVersionIsKept() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let old = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(old, upTo: "2-state-changes")
    try old.write {
      try $0.execute(
        sql: """
          INSERT INTO ledger (message, disposition, state, place, cause, rule)
          VALUES (x'00', 'customer_service', 'delivered', 'file', 'user_reply/reply', 'words')
          """)
    }
    try old.close()
    try Store.open(path).read { db in
      let row = try Row.fetchOne(db, sql: "SELECT disposition, state, place, attempts, event FROM v_deliveries")
      #expect(
        row == ["disposition": "customer_service", "state": "delivered", "place": "file", "attempts": 0, "event": ""])
    }
  }

  @Test func everyViewAnswers() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Store.open(path).read { db in
      let views = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'view'")
      #expect(views.count == 11)
      for view in views { #expect(try Row.fetchAll(db, sql: "SELECT * FROM \(view)").isEmpty) }
      #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
    }
  }

  @Test func remembersARun() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let database = try Store.open(path)
    var run = Run(id: "r1", started: 1.5)
    try run.save(database)
    run.finished = 2.5
    run.outcome = "done"
    try run.save(database)
    let rows = try database.read { try Row.fetchAll($0, sql: "SELECT * FROM runs") }
    #expect(rows.count == 1)
    #expect(rows.first?["outcome"] == "done")
  }

  private func temporaryPath() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID().uuidString).sqlite").path
  }
}

extension StableID {
  fileprivate static func of(_ text: StaticString) -> Int { of(ByteSlice(text)) }
}
