import GRDB
import Store

/// Writes subscribers' states.
final class StandingWriter {
  private let changed: BulkStatement
  private let deletion: BulkStatement
  private let diary: BulkStatement?
  private let lists: ListStandingWriter

  /// - Parameter diary: whether changes of state are written into `state_changes`. Not on the first run on a database:
  ///   there is nothing before it to compare with.
  init(_ db: Database, diary: Bool) throws {
    changed = try BulkStatement(
      db,
      """
      UPDATE subscribers SET state = ?, cause = ?, rule = ?, policy = ?, event = ?, since = ?, new_address = ?
      WHERE id = ?
      """)
    deletion = try BulkStatement(db, "DELETE FROM subscribers WHERE id = ?")
    lists = try ListStandingWriter(db)
    self.diary =
      try diary
      ? BulkStatement(
        db,
        """
        INSERT INTO state_changes (address, before_state, before_cause, before_rule, after_state, after_cause,
          after_rule) VALUES (?, ?, ?, ?, ?, ?, ?)
        """) : nil
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
    try note(subscriber, new)
  }

  /// Gives a subscriber's address the standings on single lists that were computed.
  func write(_ changes: [ListChange], _ subscriber: Subscriber) throws {
    for change in changes { try lists.write(change, of: subscriber.address) }
  }

  /// Takes out a subscriber of whom nothing is left: no event, no override, no suppression.
  func delete(_ subscriber: Subscriber) throws {
    deletion.bind(0, subscriber.id)
    try deletion.run()
    try note(subscriber, StoredStanding())
  }

  /// Writes a change of state into the diary.
  private func note(_ subscriber: Subscriber, _ new: StoredStanding) throws {
    let old = subscriber.standing
    guard let diary, old.state != new.state else { return }
    diary.bind(0, subscriber.address)
    diary.bind(1, old.state.rawValue)
    diary.bind(2, old.cause)
    diary.bind(3, old.rule)
    diary.bind(4, new.state.rawValue)
    diary.bind(5, new.cause)
    diary.bind(6, new.rule)
    try diary.run()
  }
}
