import ByteSlices
import GRDB
import Records
import Store

/// Moves a message between its first place in the spool, which holds its events, and its further ones, which wait.
final class Occurrences {
  private let subscribers: SubscriberTally
  private let id = IDBytes()
  private let arena = Arena()
  private let findMessage: BulkStatement
  private let findDuplicate: BulkStatement
  private let touched: BulkStatement
  private let promoted: BulkStatement
  private let assign: BulkStatement
  private let undelivered: BulkStatement
  private let demotion: [(statement: BulkStatement, isEvents: Bool)]
  private let promotion: [(statement: BulkStatement, isEvents: Bool)]

  init(_ db: Database, _ subscribers: SubscriberTally) throws {
    self.subscribers = subscribers
    findMessage = try BulkStatement(db, "SELECT key FROM messages WHERE id = ?")
    findDuplicate = try BulkStatement(db, "SELECT key FROM duplicates WHERE id = ? ORDER BY key LIMIT 1")
    touched = try BulkStatement(
      db, "SELECT DISTINCT subscriber FROM events WHERE key BETWEEN ? AND ? AND subscriber IS NOT NULL")
    promoted = try BulkStatement(
      db, "SELECT key, recipient FROM events WHERE key BETWEEN ? AND ? AND recipient IS NOT NULL ORDER BY key")
    assign = try BulkStatement(db, "UPDATE events SET subscriber = ? WHERE key = ?")
    undelivered = try BulkStatement(db, "UPDATE shards SET delivered = NULL WHERE number = ?")

    func move(_ from: String, _ to: String, _ columns: String, isEvents: Bool) throws -> [(BulkStatement, Bool)] {
      let range = "WHERE key BETWEEN ? AND ?"
      return [
        (try BulkStatement(db, "INSERT INTO \(to) (\(columns)) SELECT \(columns) FROM \(from) \(range)"), isEvents),
        (try BulkStatement(db, "DELETE FROM \(from) \(range)"), isEvents),
      ]
    }
    demotion =
      try move("messages", "duplicates", Schema.messageColumns, isEvents: false)
      + move("events", "duplicate_events", Schema.eventColumns, isEvents: true)
    promotion =
      try move("duplicates", "messages", Schema.messageColumns, isEvents: false)
      + move("duplicate_events", "events", Schema.eventColumns, isEvents: true)
  }

  /// Where the message is held at a place after `key`, makes that a further occurrence. False when it is held before.
  func demote(_ message: MessageID, after key: Int) throws -> Bool {
    guard let holder = try find(message, findMessage), holder > key else { return false }
    let events = Schema.eventKeys(message: holder)
    touched.bind(0, events.lowerBound)
    touched.bind(1, events.upperBound)
    while try touched.step() { subscribers.touch(touched.int(0)) }
    try move(holder, demotion)
    return true
  }

  /// Where no place holds the message any more, gives it to the first that is left, if there is one.
  func promote(_ message: MessageID) throws {
    if try find(message, findMessage) != nil { return }
    guard let heir = try find(message, findDuplicate) else { return }
    try move(heir, promotion)
    arena.reset()
    let events = Schema.eventKeys(message: heir)
    promoted.bind(0, events.lowerBound)
    promoted.bind(1, events.upperBound)
    var recipients: [(key: Int, address: SubscriberAddress)] = []
    while try promoted.step() {
      recipients.append((promoted.int(0), SubscriberAddress(arena.copy(promoted.bytes(1)), arena)))
    }
    for (key, address) in recipients {
      assign.bind(0, try subscribers.touch(address))
      assign.bind(1, key)
      try assign.run()
    }
    // Act has not seen it here.
    undelivered.bind(0, heir >> Schema.lineBits)
    try undelivered.run()
  }

  private func find(_ message: MessageID, _ statement: BulkStatement) throws -> Int? {
    statement.bind(blob: id.of(message), 0)
    guard try statement.step() else { return nil }
    defer { statement.reset() }
    return statement.int(0)
  }

  private func move(_ message: Int, _ steps: [(statement: BulkStatement, isEvents: Bool)]) throws {
    let events = Schema.eventKeys(message: message)
    for (statement, isEvents) in steps {
      statement.bind(0, isEvents ? events.lowerBound : message)
      statement.bind(1, isEvents ? events.upperBound : message)
      try statement.run()
    }
  }
}
