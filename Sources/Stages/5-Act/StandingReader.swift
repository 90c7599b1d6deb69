import ByteSlices
import GRDB
import Records
import Store

/// Reads the subscribers whose state is to be computed, and computes it from their events.
final class StandingReader {
  private let subscribers: BulkStatement
  private let events: BulkStatement
  private let event: BulkStatement
  private let entries: EventRoutes<(index: Int, name: String, suppression: Suppression)>
  private var last = -1
  private var facts: [Standing.Event] = []

  /// - Parameter all: every subscriber, not only those whose events have changed.
  init(
    _ db: Database, _ entries: EventRoutes<(index: Int, name: String, suppression: Suppression)>, all: Bool
  ) throws {
    self.entries = entries
    subscribers = try BulkStatement(
      db,
      """
      SELECT s.id, s.address, s.events, s.state, s.cause, s.rule, s.policy, s.event, s.since, s.new_address, o.state
      FROM subscribers s LEFT JOIN overrides o ON o.address_key = s.address_key
      WHERE s.id > ? \(all ? "" : "AND s.stale") ORDER BY s.id LIMIT ?
      """)
    let categories = Policy.suppressing.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    events = try BulkStatement(
      db, "SELECT key, time, category, reason FROM events WHERE subscriber = ? AND category IN (\(categories))")
    event = try BulkStatement(db, "SELECT category, reason, rule, time, new_address FROM events WHERE key = ?")
  }

  /// The next subscribers, in the order of their numbers; nil when there are none.
  func next(_ count: Int) throws -> [Subscriber]? {
    var chunk: [Subscriber] = []
    subscribers.bind(0, last)
    subscribers.bind(1, count)
    while try subscribers.step() {
      let standing = StoredStanding(
        state: subscribers.text(3).flatMap(Standing.State.init) ?? .active, cause: subscribers.text(4),
        rule: subscribers.text(5), policy: subscribers.text(6), event: subscribers.intOrNil(7),
        since: subscribers.intOrNil(8), newAddress: subscribers.text(9))
      chunk.append(
        Subscriber(
          id: subscribers.int(0), address: subscribers.text(1) ?? "", events: subscribers.int(2), standing: standing,
          override: subscribers.text(10)))
    }
    guard let end = chunk.last else { return nil }
    last = end.id
    return chunk
  }

  /// How a subscriber stands by its events.
  func standing(of subscriber: Int) throws -> StoredStanding {
    facts.removeAll(keepingCapacity: true)
    events.bind(0, subscriber)
    while try events.step() {
      let category = events.bytes(2)
      let entry = entries.value(category, events.bytes(3))
      let isRedirect = category == "redirect"
      if entry.suppression == .never, !isRedirect { continue }
      facts.append(
        Standing.Event(
          key: events.int(0), time: events.intOrNil(1), entry: entry.index, suppression: entry.suppression,
          isRedirect: isRedirect))
    }
    if facts.isEmpty { return StoredStanding() }
    return try stored(Standing.of(&facts))
  }

  private func stored(_ standing: Standing) throws -> StoredStanding {
    var stored = StoredStanding(state: standing.state)
    if let redirect = standing.redirect {
      event.bind(0, redirect.key)
      if try event.step() { stored.newAddress = event.text(4) }
      event.reset()
    }
    guard let decisive = standing.event else { return stored }
    event.bind(0, decisive.key)
    if try event.step() {
      let entry = entries.value(event.bytes(0), event.bytes(1))
      stored.cause = "\(event.bytes(0))/\(event.bytes(1))"
      stored.rule = event.text(2)
      if standing.state == .suppressed { stored.policy = "\(entry.name): \(entry.suppression)" }
      stored.event = decisive.key
      stored.since = event.intOrNil(3)
    }
    event.reset()
    return stored
  }
}
