import ByteSlices
import GRDB
import Records
import Store

/// Goes through the subscribers whose state may have changed, and computes how each stands by its events.
///
/// Either all of them, with all events sorted by subscriber alongside, or those that new, changed or lost events and
/// overrides touch, each with a look-up of its events.
final class StandingReader {
  private let subscribers: BulkStatement
  private let events: BulkStatement
  private let event: BulkStatement
  private let entries: EventRoutes<(index: Int, name: String, suppression: Suppression)>
  private let all: Bool
  private var facts: [Standing.Event] = []
  /// The subscriber of the event at which the sorted events stand; nil at their end.
  private var eventsOf: Int?
  /// How many subscribers were looked at.
  private(set) var examined = 0

  init(
    _ db: Database, _ policy: Policy, _ entries: EventRoutes<(index: Int, name: String, suppression: Suppression)>,
    all: Bool
  ) throws {
    self.entries = entries
    self.all = all
    let hasOverrides = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM overrides)") ?? false
    let range = Schema.eventKeys(shard: 0)
    let touched = """
      (SELECT subscriber FROM stale UNION
        SELECT e.subscriber FROM shards h CROSS JOIN events e
          ON e.key BETWEEN h.number * \(range.count) AND h.number * \(range.count) + \(range.upperBound)
        WHERE h.settled IS NOT h.key AND e.subscriber IS NOT NULL) t
      CROSS JOIN subscribers s ON s.id = t.subscriber
      """
    subscribers = try BulkStatement(
      db,
      """
      SELECT s.id, s.state, s.cause, s.events, \(hasOverrides ? "o.state" : "NULL"),
        s.address, s.rule, s.policy, s.event, s.since, s.new_address
      FROM \(all ? "subscribers s" : touched)
        \(hasOverrides ? "LEFT JOIN overrides o ON o.address_key = s.address_key" : "")
      ORDER BY s.id
      """)
    let categories = Policy.suppressing.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    events = try BulkStatement(
      db,
      """
      SELECT key, time, category, reason, subscriber FROM events
      WHERE category IN (\(categories)) AND \(policy.countsEvent) AND \(all ? "+subscriber IS NOT NULL ORDER BY +subscriber" : "subscriber = ?")
      """)
    event = try BulkStatement(db, "SELECT category, reason, rule, time, new_address FROM events WHERE key = ?")
    if all { try nextEvent() }
  }

  /// The next subscriber whose row is to be written, or at least compared, and how it stands; nil when there is none.
  func next() throws -> (subscriber: Subscriber, standing: StoredStanding)? {
    while try subscribers.step() {
      examined += 1
      let id = subscribers.int(0)
      let isPlain = subscribers.bytes(1) == "active" && subscribers.isNull(2)
      try readFacts(id)
      if subscribers.isNull(4) {
        if facts.isEmpty, isPlain, subscribers.int(3) > 0 { continue }
        let standing = Standing.of(&facts)
        if standing.state == .active, isPlain, subscribers.int(3) > 0 { continue }
        return (subscriber(), try stored(standing))
      }
      return (subscriber(), .manual(subscribers.bytes(4) == "suppressed" ? .suppressed : .active))
    }
    return nil
  }

  private func subscriber() -> Subscriber {
    let standing = StoredStanding(
      state: subscribers.text(1).flatMap(Standing.State.init) ?? .active, cause: subscribers.text(2),
      rule: subscribers.text(6), policy: subscribers.text(7), event: subscribers.intOrNil(8),
      since: subscribers.intOrNil(9), newAddress: subscribers.text(10))
    return Subscriber(
      id: subscribers.int(0), address: subscribers.text(5) ?? "", events: subscribers.int(3), standing: standing,
      isOverridden: !subscribers.isNull(4))
  }

  // MARK: events

  private func readFacts(_ subscriber: Int) throws {
    facts.removeAll(keepingCapacity: true)
    if all {
      while let owner = eventsOf, owner <= subscriber {
        if owner == subscriber { addFact() }
        try nextEvent()
      }
    } else {
      events.bind(0, subscriber)
      while try events.step() { addFact() }
    }
  }

  private func nextEvent() throws { eventsOf = try events.step() ? events.int(4) : nil }

  private func addFact() {
    let category = events.bytes(2)
    let entry = entries.value(category, events.bytes(3))
    let isRedirect = category == "redirect"
    if entry.suppression == .never, !isRedirect { return }
    facts.append(
      Standing.Event(
        key: events.int(0), time: events.intOrNil(1), entry: entry.index, suppression: entry.suppression,
        isRedirect: isRedirect))
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
