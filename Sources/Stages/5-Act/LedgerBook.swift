import ByteSlices
import Foundation
import GRDB
import Records
import Store

/// Reads what the events want delivered and what the ledger says of it, and writes the ledger.
final class LedgerBook {
  /// A header field that names more helps nobody.
  private static let recipients = 50
  private let routes: EventRoutes<[EventDestination]>
  private let events: BulkStatement
  private let message: BulkStatement
  private let written: BulkStatement
  private let failures: BulkStatement
  private let facts: BulkStatement

  /// - Parameter categories: those of which an event can have a destination; nil for all.
  init(_ db: Database, _ routes: EventRoutes<[EventDestination]>, _ categories: [Category]?) throws {
    self.routes = routes
    let wanted = categories.map { "AND category IN (\($0.map { "'\($0.rawValue)'" }.joined(separator: ", ")))" } ?? ""
    events = try BulkStatement(
      db,
      "SELECT key, category, reason, rule, recipient FROM events WHERE key BETWEEN ? AND ? \(wanted) ORDER BY key")
    message = try BulkStatement(
      db,
      """
      SELECT m.id, s.format, s.path, m.file, m.offset, m.length, m.time
      FROM messages m JOIN sources s ON s.id = m.source WHERE m.key = ?
      """)
    written = try BulkStatement(
      db,
      """
      SELECT m.key, m.id, l.disposition, l.state, l.place, l.cause, l.rule, l.recipient, l.note, l.event, l.attempts,
        l.failed_since
      FROM messages m CROSS JOIN ledger l ON l.message = m.id WHERE m.key BETWEEN ? AND ?
      ORDER BY m.key, l.disposition, l.event
      """)
    failures = try BulkStatement(
      db,
      """
      SELECT DISTINCT m.key FROM ledger l CROSS JOIN messages m ON m.id = l.message
      WHERE l.state IN ('failed', 'waiting', 'copied') ORDER BY m.key
      """)
    facts = try BulkStatement(
      db,
      """
      SELECT e.hard, e.status, e.reply, e.diagnostic, e.found_in, e.alias, e.new_address, e.time, m.subject,
        m.from_address, m.to_address, m.message_id, e.category, e.reason, e.verification, c.name
      FROM events e JOIN messages m ON m.key = e.key >> 20 LEFT JOIN campaigns c ON c.id = e.campaign
      WHERE e.key = ?
      """)
  }

  /// What the events of a range want delivered, in the order of the spool.
  func wanted(_ keys: ClosedRange<Int>) throws -> [LedgerEntry] {
    var entries: [LedgerEntry] = []
    // The first entry that may be of the same message as the next event.
    var first = 0
    events.bind(0, keys.lowerBound)
    events.bind(1, keys.upperBound)
    while try events.step() {
      let destinations = routes.value(events.bytes(1), events.bytes(2))
      if destinations.isEmpty { continue }
      let event = events.int(0)
      let place = event >> Schema.ordinalBits
      if entries.indices.contains(first), entries[first].key.place != place { first = entries.count }
      let recipient = events.text(4)
      for destination in destinations {
        var key = LedgerEntry.Key(place: place, disposition: destination.name)
        if destination.takesEvents {
          key.event = "\(recipient?.asciiLowercased ?? "") \(events.bytes(1))/\(events.bytes(2))"
        }
        if let index = entries[first...].firstIndex(where: { $0.key == key }) {
          if !destination.takesEvents, let recipient, entries[index].recipients.count < LedgerBook.recipients {
            entries[index].recipients.append(recipient)
          }
        } else {
          entries.append(
            LedgerEntry(
              key: key, message: MessageID(words: .zero), location: .init(),
              cause: "\(events.bytes(1))/\(events.bytes(2))", rule: events.text(3) ?? "",
              recipients: recipient.map { [$0] } ?? [], eventKey: destination.takesEvents ? event : nil))
        }
      }
    }
    return try entries.compactMap(located)
  }

  /// What the ledger says of the messages of a range.
  func entries(_ keys: ClosedRange<Int>) throws -> [LedgerEntry] {
    var entries: [LedgerEntry] = []
    written.bind(0, keys.lowerBound)
    written.bind(1, keys.upperBound)
    while try written.step() {
      guard let id = MessageID(bytes: written.bytes(1)) else { continue }
      entries.append(
        LedgerEntry(
          key: .init(place: written.int(0), disposition: written.text(2) ?? "", event: written.text(9) ?? ""),
          message: id,
          state: written.text(3).flatMap(LedgerEntry.State.init), location: .init(), cause: written.text(5) ?? "",
          rule: written.text(6) ?? "", recipients: written.text(7).map { [$0] } ?? [], place: written.text(4),
          note: written.text(8), attempts: written.int(10),
          failedSince: written.intOrNil(11).map(Double.init)))
    }
    return entries
  }

  /// The keys of the messages of which a delivery has failed, or is not done.
  func failed() throws -> [Int] {
    var keys: [Int] = []
    while try failures.step() { keys.append(failures.int(0)) }
    return keys
  }

  /// Writes entries; takes out those without a state.
  static func write(_ entries: [LedgerEntry], _ db: Database) throws {
    if entries.isEmpty { return }
    // All columns are written. An upsert would make a table of its own for each row, in SQLite's memory.
    let replace = try BulkStatement(
      db,
      """
      INSERT OR REPLACE INTO ledger (message, disposition, event, state, place, cause, rule, recipient, note, attempts,
        failed_since)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    let delete = try BulkStatement(db, "DELETE FROM ledger WHERE message = ? AND disposition = ? AND event = ?")
    let id = IDBytes()
    // In the order of the table, so that neighbours are written together. No two entries are of one row.
    for entry in entries.sorted(by: { $0.message.precedes($1.message) }) {
      let statement = entry.state == nil ? delete : replace
      statement.bind(blob: id.of(entry.message), 0)
      statement.bind(1, entry.disposition)
      try entry.key.event.withByteSlice { event in
        statement.bind(text: event, 2)
        if let state = entry.state {
          statement.bind(3, state.rawValue)
          statement.bind(4, entry.place)
          statement.bind(5, entry.cause)
          statement.bind(6, entry.rule)
          statement.bind(7, entry.recipients.first)
          statement.bind(8, entry.note)
          statement.bind(9, entry.attempts)
          statement.bind(10, entry.failedSince.map { Int($0) })
        }
        try statement.run()
      }
    }
  }

  /// Takes out what can't be tried again, for its message is no longer in the spool.
  static func forgetFailuresOfGoneMessages(_ db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM ledger
        WHERE state IN ('failed', 'waiting')
          AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = ledger.message)
        """)
  }

  /// Makes everything that was given up a failure again, as if it had not been tried yet.
  static func reviveGivenUp(_ db: Database) throws {
    try db.execute(
      sql: "UPDATE ledger SET state = 'failed', attempts = 0, failed_since = NULL WHERE state = 'given_up'")
  }

  /// Whether another disposition still wants the message itself.
  static func isWanted(_ entry: LedgerEntry, _ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM ledger
          WHERE message = ? AND disposition != ? AND event = '' AND state IN ('failed', 'waiting'))
        """, arguments: [Data(entry.message.bytes), entry.disposition]) ?? false
  }

  private func located(_ entry: LedgerEntry) throws -> LedgerEntry? {
    message.bind(0, entry.key.place)
    defer { message.reset() }
    guard try message.step(), let id = MessageID(bytes: message.bytes(0)) else { return nil }
    var entry = entry
    entry.message = id
    var path = Array(message.bytes(2))
    if !message.isNull(3) {
      if let last = path.last, last != 0x2F { path.append(0x2F) }
      path += message.bytes(3)
    }
    entry.location = LedgerEntry.Location(
      path: path, format: message.text(1).flatMap(ArchiveFormat.init) ?? .eml, offset: message.int(4),
      length: message.int(5))
    entry.time = message.intOrNil(6)
    if let event = entry.eventKey { try readFacts(event, &entry) }
    return entry
  }

  private func readFacts(_ event: Int, _ entry: inout LedgerEntry) throws {
    facts.bind(0, event)
    defer { facts.reset() }
    guard try facts.step() else { return }
    entry.facts.set("key", entry.deliveryKey)
    entry.facts.set("disposition", entry.disposition)
    entry.facts.set("message", entry.message.hex)
    entry.facts.set("recipient", entry.recipients.first)
    entry.facts.set("category", facts.text(12))
    entry.facts.set("reason", facts.text(13))
    entry.facts["hard"] = .flag(facts.int(0) != 0)
    entry.facts.set("rule", entry.rule)
    let texts = [
      "status": 1, "reply": 2, "diagnostic": 3, "found_in": 4, "alias": 5, "new_address": 6, "subject": 8, "from": 9,
      "to": 10, "message_id": 11, "verification": 14, "campaign": 15,
    ]
    for (name, column) in texts { entry.facts.set(name, facts.text(column)) }
    entry.facts.set("time", facts.intOrNil(7).map(Timestamp.text))
    entry.facts.set("format", entry.location.format.rawValue)
    entry.facts.set("path", String(decoding: entry.location.path, as: UTF8.self))
    entry.facts.set("offset", entry.location.offset)
    entry.facts.set("length", entry.location.length)
  }
}
