import GRDB
import Store

/// Writes subscribers' states.
final class StandingWriter {
  private let changed: BulkStatement
  private let deletion: BulkStatement

  init(_ db: Database) throws {
    changed = try BulkStatement(
      db,
      """
      UPDATE subscribers SET state = ?, cause = ?, rule = ?, policy = ?, event = ?, since = ?, new_address = ?
      WHERE id = ?
      """)
    deletion = try BulkStatement(db, "DELETE FROM subscribers WHERE id = ?")
  }

  /// Gives a subscriber the standing that was computed.
  func write(_ new: StoredStanding, _ subscriber: Subscriber) throws {
    changed.bind(0, new.state.rawValue)
    changed.bind(1, new.cause)
    changed.bind(2, new.rule)
    changed.bind(3, new.policy)
    changed.bind(4, new.event)
    changed.bind(5, new.since)
    changed.bind(6, new.newAddress)
    changed.bind(7, subscriber.id)
    try changed.run()
  }

  /// Takes out a subscriber of whom nothing is left: no event, no override, no suppression.
  func delete(_ subscriber: Subscriber) throws {
    deletion.bind(0, subscriber.id)
    try deletion.run()
  }
}
