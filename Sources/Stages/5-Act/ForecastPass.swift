import ByteSlices
import GRDB
import Records
import Store

/// Computes how the subscribers of a forecast's messages would stand, and compares that with how they do.
struct ForecastPass {
  /// All addresses are reported.
  private static let everyOne = 1 << 40
  private let db: Database
  private let options: ActOptions

  init(_ db: Database, _ options: ActOptions) {
    self.db = db
    self.options = options
  }

  func run() throws -> ActReport {
    // Nothing says yet who the subscribers are.
    if try FirstLoad.isUnderWay(db) { throw ActError.unfinished }
    var report = ActReport()
    var tally = try StateTally(db, samples: ForecastPass.everyOne)
    let reader = try EventReader(db, options.policy)
    let (known, stranger) = (try known(), try strangers())
    let subscriber = try BulkStatement(
      db,
      """
      SELECT s.id, s.address, s.events, s.state, s.cause, s.rule, s.policy, s.event, s.since, s.new_address,
        EXISTS (SELECT 1 FROM overrides o WHERE o.address_key = s.address_key) FROM subscribers s WHERE s.id = ?
      """)
    let categories = (Policy.suppressing + EventRole.living).map { "'\($0.rawValue)'" }.joined(separator: ", ")
    let columns = EventReader.columns + ", rule, new_address"
    let kept = try BulkStatement(
      db,
      """
      SELECT \(columns) FROM events
      WHERE subscriber = ? AND category IN (\(categories)) AND \(options.policy.countsEvent)
        AND NOT EXISTS (SELECT 1 FROM judged j WHERE j.message = key >> \(Schema.ordinalBits))
      """)
    try db.execute(sql: "CREATE INDEX IF NOT EXISTS temp.judged_by_subscriber ON judged_events(subscriber)")
    let judged = try BulkStatement(
      db, "SELECT \(columns) FROM judged_events WHERE subscriber = ? AND \(options.policy.countsEvent)")
    let judgedOfStranger = try BulkStatement(
      db,
      "SELECT \(columns) FROM judged_events WHERE subscriber IS NULL AND address_key = ? AND \(options.policy.countsEvent)"
    )

    for id in known {
      subscriber.bind(0, id)
      guard try subscriber.step() else { continue }
      defer { subscriber.reset() }
      // A person's override stands whatever the events say.
      if subscriber.int(10) != 0 { continue }
      report.examined += 1
      var facts = Facts()
      kept.bind(0, id)
      while try kept.step() { try facts.add(kept, reader) }
      judged.bind(0, id)
      while try judged.step() { try facts.add(judged, reader) }
      let old = StoredStanding(
        state: subscriber.text(3).flatMap(Standing.State.init) ?? .active, cause: subscriber.text(4),
        rule: subscriber.text(5), policy: subscriber.text(6), event: subscriber.intOrNil(7),
        since: subscriber.intOrNil(8), newAddress: subscriber.text(9))
      try tally.note(
        Subscriber(
          id: id, address: subscriber.text(1) ?? "", events: subscriber.int(2), standing: old, isOverridden: false),
        facts.standing(reader.roles))
    }
    for (key, address) in stranger {
      report.examined += 1
      var facts = Facts()
      judgedOfStranger.bind(0, key)
      while try judgedOfStranger.step() { try facts.add(judgedOfStranger, reader) }
      try tally.note(
        Subscriber(id: -1, address: address, events: 0, standing: StoredStanding(), isOverridden: false),
        facts.standing(reader.roles))
    }

    report.known = try Int.fetchOne(db, sql: "SELECT count(*) FROM subscribers") ?? 0
    let now = try Int.fetchOne(db, sql: "SELECT count(*) FROM subscribers WHERE state = 'suppressed'") ?? 0
    report.suppressedInAll = now + tally.suppressed.count - tally.freed.count
    tally.fill(&report)
    let former = try String.fetchOne(db, sql: "SELECT value FROM settings WHERE name = 'policy'")
    report.brake = try tally.brake(options, known: report.known, isFirst: former == nil, db)
    return report
  }

  /// The subscribers whose events change: of the messages as they are loaded, and as they would be judged.
  private func known() throws -> [Int] {
    try Int.fetchAll(
      db,
      sql: """
        SELECT DISTINCT e.subscriber FROM judged j CROSS JOIN events e
          ON e.key BETWEEN j.message << \(Schema.ordinalBits)
            AND (j.message << \(Schema.ordinalBits) | \(1 << Schema.ordinalBits - 1))
          WHERE e.subscriber IS NOT NULL
        UNION SELECT subscriber FROM judged_events WHERE subscriber IS NOT NULL ORDER BY 1
        """)
  }

  /// Addresses that no subscriber has, in lower case, each with the spelling of its first event.
  private func strangers() throws -> [(key: String, address: String)] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT address_key, address, min(key) FROM judged_events WHERE subscriber IS NULL
        GROUP BY address_key ORDER BY address_key
        """
    ).map { ($0[0], $0[1]) }
  }
}

/// The events of one subscriber as far as standing goes, with what a stored standing tells of them.
private struct Facts {
  private var events: [Standing.Event] = []
  private var details: [Int: (category: String, reason: String, rule: String, newAddress: String?)] = [:]

  /// Adds the row at which a statement stands: the columns of `EventReader`, rule, new address.
  mutating func add(_ row: BulkStatement, _ reader: EventReader) throws {
    if let sign = reader.lifeSign(row) { return events.append(sign) }
    guard let event = try reader.event(row) else { return }
    events.append(event)
    details[event.key] = (String(row.bytes(2)), String(row.bytes(3)), row.text(4) ?? "", row.text(5))
  }

  /// How the subscriber stands by them.
  mutating func standing(_ roles: EventRoutes<EventRole>) -> StoredStanding {
    let standing = Standing.of(&events)
    var stored = StoredStanding(state: standing.state)
    stored.newAddress = standing.redirect.flatMap { details[$0.key]?.newAddress }
    guard let decisive = standing.event, let detail = details[decisive.key] else { return stored }
    stored.cause = "\(detail.category)/\(detail.reason)"
    stored.rule = detail.rule
    stored.event = decisive.key
    stored.since = decisive.time
    if standing.state == .suppressed {
      let role = detail.category.withByteSlice { category in
        detail.reason.withByteSlice { roles.value(category, $0) }
      }
      stored.policy = "\(role.name): \(role.entry)"
    }
    return stored
  }
}
