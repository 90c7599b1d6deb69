import ByteSlices
import GRDB

/// What a first load leaves for its end: who the subscribers are, which messages came twice, and the indexes that tell.
///
/// To keep each of these up to date costs a look-up at some random place a message, and half of a load. Sorted once at
/// the end they cost a third of that, and the more rows there are, the less. Until then rows are only appended, and
/// `subscribers` is empty; whatever wants more than to append completes the load first.
public enum FirstLoad {
  /// Whether a first load has begun, or not even that, and was not completed.
  public static func isUnderWay(_ db: Database) throws -> Bool {
    try !exists("SELECT 1 FROM sqlite_schema WHERE name = 'subscribers_by_address'", db)
  }

  /// Whether the database has nothing yet that a first load would have to respect, and is not ready for one.
  public static func mayBegin(_ db: Database) throws -> Bool {
    if try isUnderWay(db) { return false }
    for table in ["shards", "subscribers", "messages"] where try exists("SELECT 1 FROM \(table)", db) { return false }
    return true
  }

  /// Makes the database ready, where `mayBegin` holds.
  public static func begin(_ db: Database) throws {
    try db.execute(
      sql: """
        DROP INDEX IF EXISTS messages_by_id;
        DROP INDEX IF EXISTS events_by_subscriber;
        DROP INDEX IF EXISTS subscribers_by_address;
        """)
  }

  /// Has pages go into the database file at once, instead of through the write-ahead log: nearly all of them are new,
  /// which a rollback journal need not save, so each is written once. Readers wait for a transaction meanwhile, which
  /// takes a second or two. Where another connection holds on to the log, it stays.
  public static func beginAppending(_ db: Database) {
    try? db.execute(sql: "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL")
  }

  /// Goes back to the write-ahead log.
  public static func endAppending(_ db: Database) {
    try? db.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA journal_mode = WAL")
  }

  /// Completes it, if it is under way. To be called in a transaction.
  ///
  /// - Parameter stableID: the hash by which events have got the numbers of their subscribers.
  /// - Returns: how many messages were found to be further occurrences of others.
  @discardableResult
  public static func complete(_ db: Database, _ stableID: @escaping (ByteSlice) -> Int = StableID.of) throws -> Int {
    guard try isUnderWay(db) else { return 0 }
    let repeated = try indexMessages(db)
    let strays = try fillSubscribers(db)
    try db.execute(
      sql: """
        CREATE INDEX IF NOT EXISTS events_by_subscriber ON events(subscriber) WHERE subscriber IS NOT NULL;
        CREATE UNIQUE INDEX IF NOT EXISTS subscribers_by_address ON subscribers(address_key);
        """)
    try settle(strays, db, stableID)
    return repeated
  }

  // MARK: messages

  /// Makes the index by which a message is found; further occurrences go where those are kept.
  private static func indexMessages(_ db: Database) throws -> Int {
    let index = "CREATE UNIQUE INDEX IF NOT EXISTS messages_by_id ON messages(id)"
    do {
      try db.execute(sql: index)
      return 0
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      let count = try setRepeatedAside(db)
      try db.execute(sql: index)
      return count
    }
  }

  private static func setRepeatedAside(_ db: Database) throws -> Int {
    let bits = Schema.ordinalBits
    let events = """
      SELECT e.key FROM repeated r CROSS JOIN events e
        ON e.key BETWEEN r.key << \(bits) AND ((r.key + 1) << \(bits)) - 1
      """
    try db.execute(
      sql: """
        CREATE TEMP TABLE repeated AS
          SELECT key FROM (SELECT key, row_number() OVER (PARTITION BY id ORDER BY key) AS place FROM messages)
          WHERE place > 1;
        INSERT INTO duplicates (\(Schema.messageColumns))
          SELECT \(Schema.messageColumns) FROM messages WHERE key IN (SELECT key FROM repeated) ORDER BY key;
        INSERT INTO duplicate_events (\(Schema.eventColumns))
          SELECT \(Schema.eventColumns) FROM events WHERE key IN (\(events)) ORDER BY key;
        DELETE FROM events WHERE key IN (\(events));
        DELETE FROM messages WHERE key IN (SELECT key FROM repeated);
        """)
    let count = try Int.fetchOne(db, sql: "SELECT count(*) FROM repeated") ?? 0
    try db.execute(sql: "DROP TABLE repeated")
    return count
  }

  // MARK: subscribers

  /// An event whose subscriber's number belongs to another address, which an earlier event names.
  private struct Stray {
    let event: Int
    let address: String
  }

  /// Writes a subscriber for each number that events have.
  private static func fillSubscribers(_ db: Database) throws -> [Stray] {
    let events = try BulkStatement(
      db, "SELECT subscriber, recipient, time, key FROM events WHERE subscriber IS NOT NULL ORDER BY subscriber, key")
    let insert = try BulkStatement(
      db,
      """
      INSERT INTO subscribers (id, address, address_key, first_seen, last_seen, events) VALUES (?, ?, ?, ?, ?, ?)
      """)
    let (own, other) = (Arena(blockSize: 4 << 10), Arena(blockSize: 4 << 10))
    var strays: [Stray] = []
    var current = (id: -1, address: ByteSlice.empty, key: ByteSlice.empty, first: Int?.none, last: Int?.none, events: 0)
    func write() throws {
      if current.events == 0 { return }
      insert.bind(0, current.id)
      insert.bind(text: current.address, 1)
      insert.bind(text: current.key, 2)
      insert.bind(3, current.first)
      insert.bind(4, current.last)
      insert.bind(5, current.events)
      try insert.run()
    }
    while try events.step() {
      let id = events.int(0)
      let time = events.intOrNil(2)
      other.reset()
      let key = other.lowercasedASCII(events.bytes(1))
      if current.id != id {
        try write()
        own.reset()
        let address = own.copy(events.bytes(1))
        current = (id, address, own.lowercasedASCII(address), time, time, 1)
      } else if current.key == key {
        current.events += 1
        if let time {
          current.first = min(current.first ?? time, time)
          current.last = max(current.last ?? time, time)
        }
      } else {
        strays.append(Stray(event: events.int(3), address: String(events.bytes(1))))
      }
    }
    try write()
    return strays
  }

  /// Gives strays a number of their own.
  private static func settle(
    _ strays: [Stray], _ db: Database, _ stableID: @escaping (ByteSlice) -> Int
  ) throws {
    if strays.isEmpty { return }
    let index = try SubscriberIndex(db, stableID)
    for stray in strays.sorted(by: { $0.event < $1.event }) {
      let id = try stray.address.withByteSlice { spelling in
        try stray.address.asciiLowercased.withByteSlice { try index.resolve($0, spelling: spelling) }
      }
      try db.execute(
        sql: """
          UPDATE events SET subscriber = :id WHERE key = :event;
          UPDATE subscribers SET (first_seen, last_seen, events) =
            (SELECT min(time), max(time), count(*) FROM events WHERE subscriber = :id) WHERE id = :id;
          """, arguments: ["id": id, "event": stray.event])
    }
  }

  private static func exists(_ query: String, _ db: Database) throws -> Bool {
    try Bool.fetchOne(db, sql: "SELECT EXISTS (\(query))") ?? false
  }
}
