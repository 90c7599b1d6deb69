import ByteSlices
import GRDB
import Records
import Store

/// Goes through the subscribers whose state may have changed, and computes how each stands by its events.
///
/// Either all of them, with all events sorted by subscriber alongside, or those that new, changed or lost events and
/// overrides touch, or some by number, each with a look-up of its events.
final class StandingReader {
  /// Which subscribers are looked at.
  enum Scope {
    case all
    /// Those that shards which are not settled speak of, and those in `stale`.
    case touched
    case some([Int])
  }

  private struct Detail {
    var key: Int
    var role: EventRole
    var rule: String
    var newAddress: String?
  }

  private let subscribers: BulkStatement
  private let events: BulkStatement
  private let lifeSigns: BulkStatement
  private let reader: EventReader
  private let lists: ListStandingReader?
  private let isAll: Bool
  private var facts: [Standing.Event] = []
  /// What else a standing tells of a fact.
  private var details: [Detail] = []
  private let rules = Interned()
  /// The subscriber of the event at which the sorted events stand; nil at their end.
  private var eventsOf: Int?
  /// How many subscribers were looked at.
  private(set) var examined = 0

  init(_ db: Database, _ policy: Policy, _ scope: Scope) throws {
    reader = try EventReader(db, policy)
    lists = try ListStandingReader.isNeeded(db, policy) ? ListStandingReader(db) : nil
    let hasOverrides = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM overrides)") ?? false
    let range = Schema.eventKeys(shard: 0)
    let source: String
    switch scope {
    case .all:
      isAll = true
      source = "subscribers s"
    case .touched:
      isAll = false
      source = """
        (SELECT subscriber FROM stale UNION
          SELECT e.subscriber FROM shards h CROSS JOIN events e
            ON e.key BETWEEN h.number * \(range.count) AND h.number * \(range.count) + \(range.upperBound)
          WHERE h.settled IS NOT h.key AND e.subscriber IS NOT NULL) t
        CROSS JOIN subscribers s ON s.id = t.subscriber
        """
    case .some(let ids):
      isAll = false
      source = "(SELECT value FROM json_each('\(ids)')) t CROSS JOIN subscribers s ON s.id = t.value"
    }
    subscribers = try BulkStatement(
      db,
      """
      SELECT s.id, s.state, s.cause, s.events, \(hasOverrides ? "o.state" : "NULL"),
        s.address, s.rule, s.policy, s.event, s.since, s.new_address
        \(hasOverrides ? ", o.origin, o.cause, o.rule, o.policy, o.at" : "")
      FROM \(source)
        \(hasOverrides ? "LEFT JOIN overrides o ON o.address_key = s.address_key" : "")
      ORDER BY s.id
      """)
    func names(_ categories: [Category]) -> String { categories.map { "'\($0.rawValue)'" }.joined(separator: ", ") }
    events = try BulkStatement(
      db,
      """
      SELECT \(EventReader.columns), rule, new_address, subscriber FROM events
      WHERE category IN (\(names(Policy.suppressing)))
        AND \(policy.countsEvent)
        AND \(isAll ? "+subscriber IS NOT NULL ORDER BY +subscriber" : "subscriber = ?")
      """)
    lifeSigns = try BulkStatement(
      db,
      """
      SELECT \(EventReader.columns) FROM events WHERE subscriber = ? AND category IN (\(names(EventRole.living)))
        AND \(policy.countsEvent)
      """)
    if isAll { try nextEvent() }
  }

  /// The next subscriber whose row is to be written, or at least compared, and how it stands; nil when there is none.
  func next() throws -> (subscriber: Subscriber, standing: StoredStanding, lists: [ListChange])? {
    while try subscribers.step() {
      examined += 1
      let id = subscribers.int(0)
      let isPlain = subscribers.bytes(1) == "active" && subscribers.isNull(2)
      try readFacts(id)
      guard let lists else {
        if subscribers.isNull(4) {
          if facts.isEmpty, isPlain, subscribers.int(3) > 0 { continue }
          let standing = try standing(of: id)
          if standing.state == .active, isPlain, subscribers.int(3) > 0 { continue }
          return (subscriber(), try stored(standing), [])
        }
        return (subscriber(), overridden(), [])
      }
      let standing = try standing(of: id)
      let new = subscribers.isNull(4) ? try stored(standing) : overridden()
      let named = try onLists(isRestored: !subscribers.isNull(4) && new.state == .active)
      let changes = try lists.changes(of: subscriber().address, computed: named)
      if changes.isEmpty, new.state == .active, isPlain, subscribers.int(3) > 0, subscribers.isNull(4) { continue }
      return (subscriber(), new, changes)
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

  private func overridden() -> StoredStanding {
    StoredStanding.overridden(
      state: subscribers.text(4) ?? "", origin: subscribers.text(11), cause: subscribers.text(12),
      rule: subscribers.text(13), policy: subscribers.text(14), at: subscribers.intOrNil(15))
  }

  // MARK: events

  private func standing(of subscriber: Int) throws -> Standing {
    var standing = Standing.of(&facts)
    if standing.dependsOnLife {
      try readLifeSigns(subscriber)
      standing = Standing.of(&facts)
    }
    return standing
  }

  /// How the subscriber stands on the lists that its events are about. Where a person has restored it everywhere,
  /// nothing is left of them.
  private func onLists(isRestored: Bool) throws -> [String: StoredStanding] {
    let indices = Set(facts.compactMap(\.list))
    if isRestored || indices.isEmpty { return [:] }
    if indices.contains(where: { Standing.of(&facts, list: $0).dependsOnLife }) {
      try readLifeSigns(subscribers.int(0))
    }
    var found: [String: StoredStanding] = [:]
    for index in indices {
      let standing = Standing.of(&facts, list: index)
      if standing.state == .suppressed { found[reader.listNames[index]] = try stored(standing) }
    }
    return found
  }

  private func readFacts(_ subscriber: Int) throws {
    facts.removeAll(keepingCapacity: true)
    details.removeAll(keepingCapacity: true)
    if isAll {
      while let owner = eventsOf, owner <= subscriber {
        if owner == subscriber { try addFact() }
        try nextEvent()
      }
    } else {
      events.bind(0, subscriber)
      while try events.step() { try addFact() }
    }
  }

  private func nextEvent() throws { eventsOf = try events.step() ? events.int(6) : nil }

  private func addFact() throws {
    guard let (event, role) = try reader.fact(events) else { return }
    facts.append(event)
    details.append(
      Detail(
        key: event.key, role: role, rule: rules.text(events.bytes(4)),
        newAddress: event.isRedirect ? events.text(5) : nil))
  }

  /// Adds the subscriber's deliveries and answers, once. They are read only where failures would suppress: few
  /// subscribers come so far, and most events are none of theirs.
  private func readLifeSigns(_ subscriber: Int) throws {
    if facts.contains(where: \.showsLife) { return }
    lifeSigns.bind(0, subscriber)
    while try lifeSigns.step() { if let sign = reader.lifeSign(lifeSigns) { facts.append(sign) } }
  }

  private func stored(_ standing: Standing) throws -> StoredStanding {
    var stored = StoredStanding(state: standing.state)
    if let redirect = standing.redirect { stored.newAddress = detail(redirect)?.newAddress }
    guard let decisive = standing.event, let detail = detail(decisive) else { return stored }
    stored.cause = detail.role.cause
    stored.rule = detail.rule
    if standing.state == .suppressed { stored.policy = detail.role.policy }
    stored.event = decisive.key
    stored.since = decisive.time
    return stored
  }

  private func detail(_ event: Standing.Event) -> Detail? { details.first { $0.key == event.key } }
}

/// Texts of which there are few, made once each.
private final class Interned {
  private var known: [ByteSlice: String] = [:]
  private let arena = Arena(blockSize: 4 << 10)

  func text(_ bytes: ByteSlice) -> String {
    if let text = known[bytes] { return text }
    let text = String(bytes)
    known[arena.copy(bytes)] = text
    return text
  }
}
