import ByteSlices
import GRDB
import Store

/// Gives addresses their subscribers, and brings those up to date at the end of a shard.
///
/// Where two addresses have one stable hash (see `SubscriberIndex`), the second goes the slow way, which needs to be
/// right only.
final class SubscriberTally {
  private struct Added {
    var address: ByteSlice
    var key: ByteSlice
    var first: Int?
    var last: Int?
    var events = 0
  }

  private let db: Database
  private let shard: Int
  private let isFirst: Bool
  private let stableID: (ByteSlice) -> Int
  private let arena = Arena()
  private var added: [Int: Added] = [:]
  private var touched: Set<Int> = []
  private lazy var index = Result { try SubscriberIndex(db, stableID) }

  /// - Parameter isFirst: whether a first load is under way, at whose end the subscribers are written.
  init(_ db: Database, shard: Int, isFirst: Bool, _ stableID: @escaping (ByteSlice) -> Int) {
    self.db = db
    self.shard = shard
    self.isFirst = isFirst
    self.stableID = stableID
  }

  /// Counts an event of the last shard; returns the subscriber's number.
  func add(_ address: SubscriberAddress, _ time: Int?) throws -> Int {
    let id = stableID(address.key)
    if isFirst { return id }
    let known = added[id]
    if let known, known.key != address.key { return try touch(address) }
    var entry = known ?? Added(address: arena.copy(address.spelling), key: arena.copy(address.key))
    entry.events += 1
    if let time {
      entry.first = min(entry.first ?? time, time)
      entry.last = max(entry.last ?? time, time)
    }
    added[id] = entry
    return id
  }

  /// Finds or makes the subscriber of an address, whose row is computed anew at the end.
  func touch(_ address: SubscriberAddress) throws -> Int {
    let id = try index.get().resolve(address.key, spelling: address.spelling)
    touched.insert(id)
    return id
  }

  /// Has a subscriber's row computed anew at the end.
  func touch(_ subscriber: Int) { touched.insert(subscriber) }

  /// Writes what was added, then computes what was touched.
  func flush() throws {
    try flushAdded()
    try refreshTouched()
  }

  private func flushAdded() throws {
    if added.isEmpty { return }
    let upsert = try BulkStatement(
      db,
      """
      INSERT INTO subscribers AS s (id, address, address_key, first_seen, last_seen, events) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET
        address = iif(s.events = 0, excluded.address, s.address),
        first_seen = min(ifnull(s.first_seen, excluded.first_seen), ifnull(excluded.first_seen, s.first_seen)),
        last_seen = max(ifnull(s.last_seen, excluded.last_seen), ifnull(excluded.last_seen, s.last_seen)),
        events = s.events + excluded.events
        WHERE s.address_key = excluded.address_key
      ON CONFLICT (address_key) DO NOTHING
      """)
    // In the order of the table, so that neighbours are written together.
    for id in added.keys.sorted() {
      guard let entry = added[id] else { continue }
      upsert.bind(0, id)
      upsert.bind(text: entry.address, 1)
      upsert.bind(text: entry.key, 2)
      upsert.bind(3, entry.first)
      upsert.bind(4, entry.last)
      upsert.bind(5, entry.events)
      if try upsert.run() == 0 { try yield(id, entry) }
    }
    added.removeAll()
  }

  /// Another address has the number: gives the events of this shard to the number that the address has, or gets.
  private func yield(_ id: Int, _ entry: Added) throws {
    let own = try index.get().resolve(entry.key, spelling: entry.address)
    let keys = Schema.eventKeys(shard: shard)
    try db.execute(
      sql: "UPDATE events SET subscriber = ? WHERE key BETWEEN ? AND ? AND subscriber = ? AND lower(recipient) = ?",
      arguments: [own, keys.lowerBound, keys.upperBound, id, String(entry.key)])
    touched.insert(own)
  }

  private func refreshTouched() throws {
    if touched.isEmpty { return }
    let count = try BulkStatement(
      db, "SELECT count(*), min(time), max(time), min(key) FROM events WHERE subscriber = ?")
    let update = try BulkStatement(
      db,
      """
      UPDATE subscribers SET address = (SELECT recipient FROM events WHERE key = ?), first_seen = ?, last_seen = ?,
        events = ? WHERE id = ?
      """)
    let isOverridden = "EXISTS (SELECT 1 FROM overrides o WHERE o.address_key = subscribers.address_key)"
    // One that is not active, if only on a list, stays without events until act has reported that it is free.
    let delete = try BulkStatement(
      db,
      """
      DELETE FROM subscribers WHERE id = ? AND state = 'active' AND NOT \(isOverridden) AND NOT EXISTS
        (SELECT 1 FROM list_standings l WHERE l.address_key = subscribers.address_key)
      """)
    let empty = try BulkStatement(
      db,
      """
      UPDATE subscribers SET first_seen = NULL, last_seen = NULL, events = 0, address = ifnull(
        (SELECT address FROM overrides o WHERE o.address_key = subscribers.address_key), address) WHERE id = ?
      """)
    let stale = try BulkStatement(db, "INSERT INTO stale (subscriber) VALUES (?) ON CONFLICT DO NOTHING")
    for id in touched.sorted() {
      stale.bind(0, id)
      try stale.run()
      count.bind(0, id)
      guard try count.step() else { continue }
      let (events, first, last, key) = (count.int(0), count.intOrNil(1), count.intOrNil(2), count.int(3))
      count.reset()
      if events > 0 {
        update.bind(0, key)
        update.bind(1, first)
        update.bind(2, last)
        update.bind(3, events)
        update.bind(4, id)
        try update.run()
      } else {
        delete.bind(0, id)
        if try delete.run() == 0 {
          empty.bind(0, id)
          try empty.run()
        }
      }
    }
    touched.removeAll()
  }
}
