import ByteSlices
import GRDB
import Records
import Store

/// Reads what the events want delivered and what the ledger says of it, and writes the ledger.
final class LedgerBook {
  /// A header field that names more helps nobody.
  private static let recipients = 50
  private let routes: EventRoutes<String?>
  private let events: BulkStatement
  private let message: BulkStatement
  private let written: BulkStatement
  private let failures: BulkStatement

  init(_ db: Database, _ routes: EventRoutes<String?>) throws {
    self.routes = routes
    events = try BulkStatement(
      db, "SELECT key, category, reason, rule, recipient FROM events WHERE key BETWEEN ? AND ? ORDER BY key")
    message = try BulkStatement(
      db,
      """
      SELECT m.id, s.format, s.path, m.file, m.offset, m.length
      FROM messages m JOIN sources s ON s.id = m.source WHERE m.key = ?
      """)
    written = try BulkStatement(
      db,
      """
      SELECT m.key, m.id, l.disposition, l.state, l.place, l.cause, l.rule, l.recipient, l.note
      FROM messages m CROSS JOIN ledger l ON l.message = m.id WHERE m.key BETWEEN ? AND ? ORDER BY m.key, l.disposition
      """)
    failures = try BulkStatement(
      db,
      """
      SELECT DISTINCT m.key FROM ledger l CROSS JOIN messages m ON m.id = l.message
      WHERE l.state = 'failed' ORDER BY m.key
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
      guard let disposition = routes.value(events.bytes(1), events.bytes(2)) else { continue }
      let place = events.int(0) >> Schema.ordinalBits
      if entries.indices.contains(first), entries[first].key.place != place { first = entries.count }
      let recipient = events.text(4)
      if let index = entries[first...].firstIndex(where: { $0.disposition == disposition }) {
        if let recipient, entries[index].recipients.count < LedgerBook.recipients {
          entries[index].recipients.append(recipient)
        }
      } else {
        entries.append(
          LedgerEntry(
            key: .init(place: place, disposition: disposition), message: MessageID(words: .zero), location: .init(),
            cause: "\(events.bytes(1))/\(events.bytes(2))", rule: events.text(3) ?? "",
            recipients: recipient.map { [$0] } ?? []))
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
          key: .init(place: written.int(0), disposition: written.text(2) ?? ""), message: id,
          state: written.text(3).flatMap(LedgerEntry.State.init), location: .init(), cause: written.text(5) ?? "",
          rule: written.text(6) ?? "", recipients: written.text(7).map { [$0] } ?? [], place: written.text(4),
          note: written.text(8)))
    }
    return entries
  }

  /// The keys of the messages of which a delivery has failed.
  func failed() throws -> [Int] {
    var keys: [Int] = []
    while try failures.step() { keys.append(failures.int(0)) }
    return keys
  }

  /// Writes entries; takes out those without a state.
  static func write(_ entries: [LedgerEntry], _ db: Database) throws {
    if entries.isEmpty { return }
    let upsert = try BulkStatement(
      db,
      """
      INSERT INTO ledger (message, disposition, state, place, cause, rule, recipient, note)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, place = excluded.place,
        cause = excluded.cause, rule = excluded.rule, recipient = excluded.recipient, note = excluded.note
      """)
    let delete = try BulkStatement(db, "DELETE FROM ledger WHERE message = ? AND disposition = ?")
    for entry in entries {
      let statement = entry.state == nil ? delete : upsert
      try entry.message.bytes.withByteSlice { id in
        statement.bind(blob: id, 0)
        statement.bind(1, entry.disposition)
        if let state = entry.state {
          statement.bind(2, state.rawValue)
          statement.bind(3, entry.place)
          statement.bind(4, entry.cause)
          statement.bind(5, entry.rule)
          statement.bind(6, entry.recipients.first)
          statement.bind(7, entry.note)
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
        WHERE state = 'failed' AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.id = ledger.message)
        """)
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
    return entry
  }
}
