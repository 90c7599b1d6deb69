import ByteSlices
import Foundation
import GRDB
import Store

/// What was erased of a person, and what still tells of them.
public struct PurgeReport: Sendable, Codable, Equatable {
  public var address: String
  /// False when it was only shown.
  public var applied = false
  /// Rows by what they were: erased as a whole, or emptied of what names the person.
  public var erased: [String: Int] = [:]
  /// Where messages of or about the person lie, which are not ours to change: by archive, how many.
  public var archives: [String: Int] = [:]
  /// Spool shards that hold evidence of those messages.
  public var shards: [Int] = []
  /// Messages that were put into Maildirs, by disposition.
  public var delivered: [String] = []
}

/// Erases a person's data on request, and sees to it that they don't come back.
///
/// Gone are: the roster's rows with the address, lists, decisions, standings, diaries, and in messages and events all
/// that names it. What was judged stays, without a name, so that counts stay right. A keyed hash is left, by which load
/// and imports know the address again and leave it out.
public struct Purge {
  private let database: String

  public init(database: String) { self.database = database }

  /// - Parameters:
  ///   - who: an address, in any case, or the key of a subscriber.
  ///   - at: now, in seconds since 1970.
  ///   - apply: false to see what would go.
  public func run(_ who: String, at: Int, apply: Bool) throws -> PurgeReport {
    let store = try Store.open(database, create: false, indexed: true)
    var report = PurgeReport(address: who)
    do {
      try store.write { db in
        try db.inSavepoint {
          report = try purge(who, at, db)
          return apply ? .commit : .rollback
        }
      }
      if apply {
        // What SQLite has freed is still in its pages.
        try store.writeWithoutTransaction { db in
          try db.execute(sql: "VACUUM")
          _ = try db.checkpoint(.truncate)
        }
      }
    } catch let error as DatabaseError {
      throw StoreError(error, path: database)
    }
    report.applied = apply
    return report
  }

  private func purge(_ who: String, _ at: Int, _ db: Database) throws -> PurgeReport {
    let byKey = try String.fetchOne(db, sql: "SELECT address FROM roster WHERE key = ?", arguments: [who])
    let address = byKey ?? who
    guard MailAddress.checked(address) != nil else { throw SubscriberError.address(who) }
    let key = address.asciiLowercased
    var report = PurgeReport(address: address)
    func erase(_ what: String, _ sql: String) throws {
      try db.execute(sql: sql, arguments: [key])
      if db.changesCount > 0 { report.erased[what, default: 0] += db.changesCount }
    }

    try db.execute(
      sql: """
        CREATE TEMP TABLE purged (message INTEGER PRIMARY KEY);
        CREATE TEMP TABLE purged_events (key INTEGER PRIMARY KEY);
        CREATE TEMP TABLE purged_others (id INTEGER PRIMARY KEY);
        """)
    defer {
      try? db.execute(sql: "DROP TABLE temp.purged; DROP TABLE temp.purged_events; DROP TABLE temp.purged_others")
    }
    // A verdict of somebody who moved to the address stays theirs.
    func kept(_ column: String) -> String {
      "CASE WHEN lower(recipient) = ?1 OR lower(alias) = ?1 THEN NULL ELSE \(column) END"
    }
    try db.execute(
      sql: """
        INSERT INTO purged_others SELECT DISTINCT subscriber FROM events
          WHERE lower(alias) = ?1 AND lower(recipient) <> ?1 AND subscriber IS NOT NULL
        """, arguments: [key])
    for (messages, events) in [("messages", "events"), ("duplicates", "duplicate_events")] {
      try db.execute(sql: "DELETE FROM purged; DELETE FROM purged_events")
      try db.execute(
        sql: """
          INSERT INTO purged_events SELECT key FROM \(events)
            WHERE lower(recipient) = ?1 OR lower(alias) = ?1 OR lower(new_address) = ?1
          """, arguments: [key])
      try db.execute(
        sql: """
          INSERT INTO purged SELECT key >> \(Schema.ordinalBits) FROM purged_events
            UNION SELECT key FROM \(messages) WHERE lower(from_address) = ?1
          """, arguments: [key])
      try note(messages, &report, db)
      try erase(
        "events, of which nothing but the verdict is left",
        """
        UPDATE \(events) SET recipient = \(kept("recipient")), alias = \(kept("alias")), new_address = NULL,
          diagnostic = NULL\(events == "events" ? ", subscriber = \(kept("subscriber"))" : "")
        WHERE key IN (SELECT key FROM purged_events)
        """)
      try erase(
        "messages, of which sender, recipient, subject and id are gone",
        """
        UPDATE \(messages) SET from_address = iif(lower(from_address) = ?1, NULL, from_address), to_address = NULL,
          subject = NULL, message_id = NULL WHERE key IN (SELECT message FROM purged)
        """)
    }
    // Whoever had the address as another name has an event less.
    try db.execute(
      sql: """
        UPDATE subscribers SET (events, first_seen, last_seen) =
            (SELECT count(*), min(time), max(time) FROM events e WHERE e.subscriber = subscribers.id)
          WHERE id IN (SELECT id FROM purged_others);
        INSERT INTO stale SELECT id FROM purged_others WHERE true ON CONFLICT DO NOTHING
        """)
    // Of a message that was passed on, the ledger has to know that it was.
    try erase(
      "entries of the ledger, of which the recipient is gone",
      // What names an entry for a single event begins with its recipient; without one it is as of an erased event, so
      // nothing is passed on again.
      """
      UPDATE OR REPLACE ledger SET event = iif(event = '', '', substr(event, length(recipient) + 1)), recipient = NULL,
        note = NULL WHERE lower(recipient) = ?
      """)
    try erase("re-judgements in the diary", "UPDATE changes SET recipient = NULL WHERE lower(recipient) = ?")
    try erase("changes of state in the diary", "DELETE FROM state_changes WHERE lower(address) = ?")
    try erase("decisions", "DELETE FROM decisions WHERE address_key = ?")
    try erase("decisions in force", "DELETE FROM overrides WHERE address_key = ?")
    try erase("decisions in force for a list", "DELETE FROM list_overrides WHERE address_key = ?")
    try erase("standings on lists", "DELETE FROM list_standings WHERE address_key = ?")
    try erase(
      "memberships of lists",
      "DELETE FROM memberships WHERE subscriber IN (SELECT id FROM roster WHERE address_key = ?)")
    try erase("subscribers", "DELETE FROM roster WHERE address_key = ?")
    try db.execute(
      sql: "DELETE FROM stale WHERE subscriber IN (SELECT id FROM subscribers WHERE address_key = ?)", arguments: [key])
    try erase("addresses with their standing", "DELETE FROM subscribers WHERE address_key = ?")
    // Of others, who moved to it.
    try erase(
      "new addresses of others", "UPDATE subscribers SET new_address = NULL WHERE lower(new_address) = ?")
    try Tombstones.add(key, at: at, db)
    return report
  }

  /// Notes what is left outside of the database.
  private func note(_ messages: String, _ report: inout PurgeReport, _ db: Database) throws {
    let archives = try Row.fetchAll(
      db,
      sql: """
        SELECT s.path, count(*) FROM purged p JOIN \(messages) m ON m.key = p.message JOIN sources s ON s.id = m.source
        GROUP BY s.path ORDER BY s.path
        """)
    for row in archives {
      let path = String.fromDatabaseValue(row[0]) ?? "a path that is not UTF-8"
      report.archives[path, default: 0] += row[1]
    }
    let shards = try Int.fetchAll(db, sql: "SELECT DISTINCT message >> \(Schema.lineBits) FROM purged")
    report.shards = Set(report.shards).union(shards).sorted()
    report.delivered += try String.fetchAll(
      db,
      sql: """
        SELECT l.disposition || ': ' || l.place FROM purged p JOIN \(messages) m ON m.key = p.message
          JOIN ledger l ON l.message = m.id WHERE l.place IS NOT NULL ORDER BY 1
        """)
  }
}

extension PurgeReport {
  /// For a person.
  public var text: String {
    var lines: [String] = []
    let verb = applied ? "erased" : "to be erased"
    lines.append(erased.isEmpty ? "\(address): nothing was known" : "\(address), \(verb):")
    for (what, count) in erased.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(String(repeating: " ", count: max(0, 6 - "\(count)".count)))\(count)  \(what)")
    }
    if applied {
      lines.append(
        "A keyed hash is kept: what names this address is left out when mail is loaded, or subscribers imported.")
    }
    if !archives.isEmpty || !delivered.isEmpty {
      lines.append("Not erased, as it is not in the database:")
      for (path, count) in archives.sorted(by: { $0.key < $1.key }) {
        lines.append("  \(count) message\(count == 1 ? "" : "s") in \(path)")
      }
      if !shards.isEmpty {
        lines.append(
          "  the evidence of these messages in the spool: shards \(shards.map(String.init).joined(separator: ", ")). "
            + "Take the messages out of the archives, then run: returnmill run --force")
      }
      for place in delivered { lines.append("  a message that was passed on, \(place)") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One JSON object.
  public func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
