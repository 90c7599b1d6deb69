import ByteSlices
import GRDB
import Store

/// Writes overrides, one or many, in the transaction that made it.
public final class OverrideWriter {
  private static let columns = "address_key, address, state, note, at, origin, cause, rule, policy"
  private let db: Database
  private let index: SubscriberIndex
  private let everywhere: BulkStatement
  private let onList: BulkStatement
  private let spelling: BulkStatement
  private let stale: BulkStatement
  private let lists: ListStandingWriter
  private let diary: BulkStatement
  /// Addresses, in lower case, whose states have still to be computed.
  private var touched: Set<String> = []

  /// The database must have been opened with `indexed: true`.
  public init(_ db: Database) throws {
    self.db = db
    index = try SubscriberIndex(db)
    let values = """
      DO UPDATE SET address = excluded.address, state = excluded.state, note = excluded.note, at = excluded.at,
        origin = excluded.origin, cause = excluded.cause, rule = excluded.rule, policy = excluded.policy
      """
    everywhere = try BulkStatement(
      db,
      """
      INSERT INTO overrides (\(OverrideWriter.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT \(values)
      """)
    onList = try BulkStatement(
      db,
      """
      INSERT INTO list_overrides (\(OverrideWriter.columns), list) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT \(values)
      """)
    spelling = try BulkStatement(db, "UPDATE subscribers SET address = iif(events = 0, ?, address) WHERE id = ?")
    stale = try BulkStatement(
      db, "INSERT INTO stale SELECT id FROM subscribers WHERE address_key = ? ON CONFLICT DO NOTHING")
    lists = try ListStandingWriter(db)
    diary = try BulkStatement(
      db, "INSERT INTO decisions (at, address, address_key, list, decision, note) VALUES (?, ?, ?, ?, ?, ?)")
  }

  /// Sets an override, in the place of an earlier one. One for a list counts at once; one for all is left to `act`.
  public func set(_ override: Override) throws {
    let key = override.address.asciiLowercased
    let statement = override.list == nil ? everywhere : onList
    statement.bind(0, key)
    statement.bind(1, override.address)
    statement.bind(2, override.state.rawValue)
    statement.bind(3, override.note)
    statement.bind(4, override.at)
    statement.bind(5, override.origin == .hand ? nil : override.origin.rawValue)
    statement.bind(6, override.cause)
    statement.bind(7, override.rule)
    statement.bind(8, override.policy)
    if let list = override.list {
      statement.bind(9, list)
      try statement.run()
      let standing = StoredStanding.overridden(
        state: override.state.rawValue, origin: override.origin.rawValue, cause: override.cause, rule: override.rule,
        policy: override.policy, at: override.at)
      return try lists.write(ListChange(list: list, after: standing), of: key)
    }
    try statement.run()
    let id = try key.withByteSlice { key in
      try override.address.withByteSlice { try index.resolve(key, spelling: $0) }
    }
    spelling.bind(0, override.address)
    spelling.bind(1, id)
    try spelling.run()
    try markStale(key)
  }

  /// Takes an override out. False when there was none.
  public func remove(_ address: String, list: String?) throws -> Bool {
    let key = address.asciiLowercased
    if let list {
      try db.execute(
        sql: "DELETE FROM list_overrides WHERE address_key = ? AND list = ?", arguments: [key, list])
      let removed = db.changesCount > 0
      if removed { try lists.write(ListChange(list: list), of: key) }
      try markStale(key)
      return removed
    }
    try db.execute(sql: "DELETE FROM overrides WHERE address_key = ?", arguments: [key])
    let removed = db.changesCount > 0
    try markStale(key)
    return removed
  }

  /// Brings the states of the addresses whose overrides were changed to what events, policy and overrides say, as act
  /// would.
  /// - Parameter policy: the one by which act works.
  public func settle(_ policy: Policy) throws {
    if touched.isEmpty { return }
    let ids = try touched.sorted().compactMap { try $0.withByteSlice { try index.existing($0) } }
    touched.removeAll()
    // Until act has run once there is no history to keep, and it will look at all addresses anyway.
    let isFirst = try String.fetchOne(db, sql: "SELECT value FROM settings WHERE name = 'policy'") == nil
    let reader = try StandingReader(db, policy, .some(ids))
    let writer = try StandingWriter(db, diary: !isFirst)
    let fresh = try BulkStatement(db, "DELETE FROM stale WHERE subscriber = ?")
    while let (subscriber, new, lists) = try reader.next() {
      try writer.write(lists, subscriber)
      if new.state == .active, subscriber.events == 0, !subscriber.isOverridden {
        try writer.delete(subscriber)
      } else if new != subscriber.standing {
        try writer.write(new, subscriber)
      }
    }
    for id in ids {
      fresh.bind(0, id)
      try fresh.run()
    }
  }

  /// Notes a decision in the diary.
  public func log(_ decision: String, _ address: String, _ list: String?, _ at: Int, _ note: String?) throws {
    diary.bind(0, at)
    diary.bind(1, address)
    diary.bind(2, address.asciiLowercased)
    diary.bind(3, list)
    diary.bind(4, decision)
    diary.bind(5, note)
    try diary.run()
  }

  private func markStale(_ key: String) throws {
    touched.insert(key)
    stale.bind(0, key)
    try stale.run()
  }
}
