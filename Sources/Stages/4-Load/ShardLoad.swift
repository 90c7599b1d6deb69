import ByteSlices
import GRDB
import NDJSON
import Records
import ReturnPath
import Store

/// The loading, replacing or removing of one shard, within one transaction.
///
/// The fast way is that of a shard behind all others: what it adds to its subscribers is added up and written once, or,
/// in a first load, left for its end (see `FirstLoad`). In any other case (a shard replaced, removed, or loaded late) an
/// earlier message may give up its place or take it back, so every subscriber that was touched is computed anew from its
/// events.
final class ShardLoad {
  private let db: Database
  private let shard: Int
  private let formerKey: String?
  /// Whether the shard is behind all that are loaded.
  private let isLast: Bool
  private let messages: Range<Int>
  private let writer: MessageWriter
  private let verifier: EventVerifier?
  private let sources: SourceTally
  private let subscribers: SubscriberTally
  private let erased: Tombstones?
  private lazy var occurrences = Result { try Occurrences(db, subscribers) }
  private let arena = Arena()
  private var summary = LoadSummary()

  /// - Parameter formerKey: by what the shard is loaded already; nil when it is not.
  init(
    _ db: Database, shard: Int, formerKey: String?, _ stableID: @escaping (ByteSlice) -> Int, _ keyring: Keyring?
  ) throws {
    self.db = db
    self.shard = shard
    self.formerKey = formerKey
    let later = try Int.fetchOne(db, sql: "SELECT 1 FROM shards WHERE number > ? LIMIT 1", arguments: [shard])
    isLast = formerKey == nil && later == nil
    if !isLast { try FirstLoad.complete(db, stableID) }
    let isFirst = try FirstLoad.isUnderWay(db)
    messages = Range(Schema.messageKeys(shard: shard))
    writer = try MessageWriter(db)
    erased = try Tombstones.load(db)
    verifier = try keyring.map { try EventVerifier(db, $0) }
    sources = try SourceTally(db, stableID)
    subscribers = SubscriberTally(db, shard: shard, isFirst: isFirst, stableID)
  }

  func load(key: String, _ lines: (_ line: (ByteSlice) throws -> Void) throws -> Void) throws -> LoadSummary {
    var former: FormerShard?
    if formerKey != nil {
      former = try FormerShard(db, shard)
      try takeOut()
    }
    let changes = try formerKey.map { try ChangeWriter(db, shard: shard, from: $0, to: key) }

    try lines { line in
      arena.reset()
      var record = try decode(line)
      let verification = try verifier?.verify(&record, arena)
      // After the token, which may name somebody whom the message does not.
      if let erased { record.erase(erased) }
      let message = messages.lowerBound + summary.messages
      let place = try sources.place(record.source)
      summary.messages += 1
      summary.events += record.verdicts.count
      guard try writer.insert(record, message, place) || takePlace(of: record, message, place) else {
        summary.duplicates += 1
        try writer.insertDuplicate(record, verification, message, place, arena)
        return
      }
      try writer.insertEvents(of: record, verification, message, arena) { address in
        isLast ? try subscribers.add(address, record.time) : try subscribers.touch(address)
      }
      if let before = former?.take(record.id), let changes {
        summary.changed += try changes.write(record, before: before)
      }
    }

    if let former { try promote(former.ids) }
    try finish()
    try db.execute(
      sql: "INSERT INTO shards (number, key, messages, events) VALUES (?, ?, ?, ?)",
      arguments: [shard, key, summary.messages, summary.events])
    return summary
  }

  func remove() throws {
    let former = try FormerShard(db, shard)
    try takeOut()
    try promote(former.ids)
    try finish()
  }

  private func decode(_ line: ByteSlice) throws -> VerdictRecord {
    let number = summary.messages + 1
    guard summary.messages < messages.count else { throw LoadError.tooManyLines(shard: shard) }
    do {
      let record = try VerdictRecord(line: line, arena: arena)
      guard record.verdicts.count <= 1 << Schema.ordinalBits else {
        throw LoadError.tooManyVerdicts(shard: shard, line: number, count: record.verdicts.count)
      }
      return record
    } catch let error as JSONError {
      throw LoadError.badLine(shard: shard, line: number, reason: error.description)
    }
  }

  /// Where a later shard holds the message, it gives up its place to this, earlier one.
  private func takePlace(
    of record: VerdictRecord, _ message: Int, _ place: SourceTally.Place
  ) throws -> Bool {
    if isLast { return false }
    guard try occurrences.get().demote(record.id, after: message) else { return false }
    return try writer.insert(record, message, place)
  }

  private func promote(_ ids: some Sequence<MessageID>) throws {
    for id in ids { try occurrences.get().promote(id) }
  }

  private func finish() throws {
    try sources.flush()
    try subscribers.flush()
  }

  /// Deletes all rows that the shard has brought.
  private func takeOut() throws {
    let keys: StatementArguments = [messages.lowerBound, messages.upperBound - 1]
    let events = Schema.eventKeys(shard: shard)
    let eventKeys: StatementArguments = [events.lowerBound, events.upperBound]
    for table in ["messages", "duplicates"] {
      let rows = try Row.fetchCursor(
        db, sql: "SELECT source, count(*) FROM \(table) WHERE key BETWEEN ? AND ? GROUP BY source", arguments: keys)
      while let row = try rows.next() { sources.remove(row[0], count: row[1]) }
      try db.execute(sql: "DELETE FROM \(table) WHERE key BETWEEN ? AND ?", arguments: keys)
    }
    let touched = try Int.fetchCursor(
      db, sql: "SELECT DISTINCT subscriber FROM events WHERE key BETWEEN ? AND ? AND subscriber IS NOT NULL",
      arguments: eventKeys)
    while let subscriber = try touched.next() { subscribers.touch(subscriber) }
    for table in ["events", "duplicate_events"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE key BETWEEN ? AND ?", arguments: eventKeys)
    }
    try db.execute(sql: "DELETE FROM shards WHERE number = ?", arguments: [shard])
  }
}
