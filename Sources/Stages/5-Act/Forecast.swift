import ByteSlices
import GRDB
import Records
import Store

/// A message as it would be judged: what stands in the place of the events that the database holds of it.
public struct ForecastMessage: Sendable {
  /// What it says of one recipient.
  public struct Event: Sendable {
    /// As the message spells it; empty when it names nobody.
    public var recipient: String
    public var category: String
    public var reason: String
    public var rule: String
    /// Of a redirect; empty otherwise.
    public var newAddress: String

    public init(recipient: String, category: String, reason: String, rule: String, newAddress: String) {
      self.recipient = recipient
      self.category = category
      self.reason = reason
      self.rule = rule
      self.newAddress = newAddress
    }
  }

  /// Where it stands in the classify spool: `Schema.messageKeys(shard:)` plus its line, counted from 0.
  public var key: Int
  public var id: MessageID
  /// Seconds since 1970; nil when the message has no date.
  public var time: Int?
  public var events: [Event]

  public init(key: Int, id: MessageID, time: Int?, events: [Event]) {
    self.key = key
    self.id = id
    self.time = time
    self.events = events
  }
}

/// Who would be suppressed or set free if some messages were judged otherwise: the same computation as that of
/// ``ActStage``, over the events of the database with those messages' own in their place.
///
/// What is given lies in temporary tables of this connection; the database itself is only read. Safe to use from
/// several threads.
public final class Forecast: Sendable {
  private let path: String
  private let database: DatabaseQueue
  private let options: ActOptions

  /// Opens a database that `load` has made.
  public init(databasePath: String, options: ActOptions) throws {
    path = databasePath
    database = try Store.open(databasePath, create: false)
    self.options = options
    try access {
      try database.inDatabase { db in
        try db.execute(
          sql: """
            CREATE TEMP TABLE judged (message INTEGER PRIMARY KEY);
            CREATE TEMP TABLE judged_events (
              key INTEGER PRIMARY KEY, subscriber INTEGER, address TEXT NOT NULL, address_key TEXT NOT NULL,
              category TEXT NOT NULL, reason TEXT NOT NULL, rule TEXT NOT NULL, new_address TEXT, time INTEGER,
              verification TEXT);
            """)
      }
    }
  }

  /// The shards that are loaded, with their keys, and those of them that `act` has not settled yet: what these bring is
  /// missing here.
  public func shards() throws -> (keys: [Int: String], pending: [Int]) {
    try access {
      try database.inDatabase { db in
        let rows = try Row.fetchAll(db, sql: "SELECT number, key, settled IS NOT key FROM shards ORDER BY number")
        return (
          Dictionary(rows.map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first }),
          rows.filter { $0[2] }.map { $0[0] }
        )
      }
    }
  }

  /// The keys of further occurrences of messages, which count nowhere.
  public func duplicates() throws -> Set<Int> {
    try access { try database.inDatabase { try Set(Int.fetchCursor($0, sql: "SELECT key FROM duplicates")) } }
  }

  /// Judges messages otherwise. Those that the database doesn't hold at their place (further occurrences of a message,
  /// which count nowhere) are left out.
  public func replace(_ messages: [ForecastMessage]) throws {
    guard !messages.isEmpty else { return }
    try access {
      try database.inDatabase { db in
        try db.execute(sql: "BEGIN")
        do {
          try insert(messages, db)
          try db.execute(sql: "COMMIT")
        } catch {
          try? db.execute(sql: "ROLLBACK")
          throw error
        }
      }
    }
  }

  private func insert(_ messages: [ForecastMessage], _ db: Database) throws {
    let id = IDBytes()
    let judged = try BulkStatement(
      db, "INSERT INTO judged (message) SELECT key FROM messages WHERE key = ? AND id = ?")
    let event = try BulkStatement(
      db,
      """
      INSERT INTO judged_events (key, address, address_key, category, reason, rule, new_address, time, verification,
        subscriber)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, (SELECT id FROM subscribers WHERE address_key = ?3))
      """)
    // Tokens say the same of a message, however it is judged: whom it is about, and whether it counts.
    let vouched = try BulkStatement(
      db,
      """
      SELECT verification, recipient FROM events WHERE key BETWEEN ?1 AND ?2 AND verification IS NOT NULL
      ORDER BY lower(ifnull(recipient, '')) = ?3 DESC, lower(ifnull(alias, '')) = ?3 DESC, key LIMIT 1
      """)
    for message in messages {
      judged.bind(0, message.key)
      judged.bind(blob: id.of(message.id), 1)
      guard try judged.run() == 1 else { continue }
      for (ordinal, one) in message.events.enumerated() where !one.recipient.isEmpty {
        event.bind(0, message.key << Schema.ordinalBits | ordinal)
        let keys = Schema.eventKeys(message: message.key)
        var address = one.recipient
        var verification: String?
        vouched.bind(0, keys.lowerBound)
        vouched.bind(1, keys.upperBound)
        vouched.bind(2, address.asciiLowercased)
        if try vouched.step() {
          verification = vouched.text(0)
          if verification == "verified" { address = vouched.text(1) ?? address }
        }
        vouched.reset()
        event.bind(1, address)
        event.bind(2, address.asciiLowercased)
        event.bind(8, verification)
        event.bind(3, one.category)
        event.bind(4, one.reason)
        event.bind(5, one.rule)
        event.bind(6, one.newAddress.isEmpty ? nil : one.newAddress)
        event.bind(7, message.time)
        try event.run()
      }
    }
  }

  /// Who would come to another state; all of them by name. The brake's report is there when it would stop the run.
  public func report() throws -> ActReport {
    try access { try database.inDatabase { try ForecastPass($0, options).run() } }
  }

  private func access<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError { throw StoreError(error, path: path) }
  }
}
