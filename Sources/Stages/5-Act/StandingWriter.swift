import GRDB
import Store

/// Writes subscribers' states.
final class StandingWriter {
  private let unchanged: BulkStatement
  private let changed: BulkStatement
  private let deletion: BulkStatement

  init(_ db: Database) throws {
    unchanged = try BulkStatement(db, "UPDATE subscribers SET stale = 0 WHERE id = ? AND stale")
    changed = try BulkStatement(
      db,
      """
      UPDATE subscribers SET state = ?, cause = ?, rule = ?, policy = ?, event = ?, since = ?, new_address = ?,
        stale = 0 WHERE id = ?
      """)
    deletion = try BulkStatement(db, "DELETE FROM subscribers WHERE id = ?")
  }

  /// Gives a subscriber the standing that was computed.
  func write(_ new: StoredStanding, _ subscriber: Subscriber) throws {
    if new == subscriber.standing {
      unchanged.bind(0, subscriber.id)
      try unchanged.run()
      return
    }
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
