import DatabaseSupport
import GRDB
import Store
import Testing

@testable import Load

@Suite struct FirstLoadTests {
  private let spool: [[Mail]] = [
    [Mail(name: "a", time: 5), Mail(name: "b", verdicts: [.init(recipient: "Other@example.com")])],
    [Mail(name: "a", time: 9), Mail(name: "c", time: 2), Mail(name: "c", time: 3)],
    [Mail(name: "d", verdicts: [.init(recipient: "other@example.com"), .init(recipient: "")])],
  ]

  /// Each shard loaded with all indexes there.
  private func stepByStep() throws -> Workbench {
    let bench = try Workbench()
    for (shard, mails) in spool.enumerated() {
      try bench.load(shard, mails)
      try bench.stage.finish()
    }
    return bench
  }

  @Test func endsWhereALoadStepByStepDoes() throws {
    let bench = try Workbench()
    for (shard, mails) in spool.enumerated() { try bench.load(shard, mails) }
    #expect(try bench.stage.database.read(FirstLoad.isUnderWay))
    #expect(try bench.stage.finish() == 2)
    #expect(try bench.stage.finish() == 0)
    #expect(try bench.dump() == stepByStep().dump())
    #expect(try bench.count("duplicates") == 2)
    #expect(
      try bench.rows("SELECT address, events FROM subscribers WHERE address_key = 'other@example.com'")
        == [["address": "Other@example.com", "events": 2]])
  }

  @Test func goesOnWhereItWasLeft() throws {
    let bench = try Workbench()
    try bench.load(0, spool[0])
    let next = try LoadStage(databasePath: bench.folder + "/db")
    for shard in 1...2 {
      try next.load(shard: shard, key: Workbench.key(spool[shard])) { line in
        for mail in spool[shard] { try mail.line.withByteSlice(line) }
      }
    }
    #expect(try next.database.read(FirstLoad.isUnderWay))
    #expect(try bench.dump() == stepByStep().dump())
  }

  @Test func readersAreLetInMeanwhile() throws {
    let bench = try Workbench()
    try bench.load(0, spool[0])
    try bench.stage.together {
      try bench.load(1, spool[1])
      let reader = try Store.open(bench.folder + "/db", create: false)
      #expect(try reader.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM shards") } == 1)
    }
    try bench.stage.finish()
    #expect(try bench.rows("PRAGMA journal_mode") == [["journal_mode": "wal"]])
  }

  @Test func whatIsMoreThanToAppendCompletesIt() throws {
    let bench = try Workbench()
    try bench.load(0, spool[0])
    try bench.load(2, spool[2])
    #expect(try bench.stage.database.read(FirstLoad.isUnderWay))
    try bench.load(1, spool[1])
    #expect(try !bench.stage.database.read(FirstLoad.isUnderWay))
    #expect(try bench.dump() == stepByStep().dump())
  }

  /// Databases of earlier versions have the constraint from the beginning.
  @Test func takesTwinsOutAtOnceWhereIdsAreUnique() throws {
    let bench = try Workbench()
    try bench.stage.database.write { try $0.execute(sql: "CREATE UNIQUE INDEX earlier ON messages(id)") }
    let found = try spool.enumerated().map { try bench.load($0.offset, $0.element).duplicates }
    #expect(found == [0, 2, 0])
    #expect(try bench.dump() == stepByStep().dump())
  }

  @Test func beginsAfterPeopleWereImported() throws {
    let bench = try Workbench()
    try bench.stage.finish()
    try bench.stage.database.write {
      try $0.execute(sql: "INSERT INTO roster (id, key, address, address_key, fields) VALUES (1, 'k', 'a', 'a', '{}')")
    }
    try bench.load(0, spool[0])
    #expect(try bench.stage.database.read(FirstLoad.isUnderWay))
  }

  @Test func doesNotBeginWhereAnAddressIsKnown() throws {
    let bench = try Workbench()
    try bench.stage.database.write { db in
      let index = try SubscriberIndex(db)
      _ = try "other@example.com".withByteSlice { try index.resolve($0, spelling: $0) }
    }
    try bench.load(0, spool[0])
    #expect(try !bench.stage.database.read(FirstLoad.isUnderWay))
    #expect(try bench.count("subscribers") == 2)
  }
}
