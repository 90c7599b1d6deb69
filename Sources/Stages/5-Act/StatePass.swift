import ByteSlices
import GRDB
import Records
import Store

/// Brings the state of every subscriber whose events, override or policy have changed to what they say.
///
/// In one pass, a subscriber after the other; without `apply` it writes nothing and reports the same.
struct StatePass {
  private let db: Database
  private let options: ActOptions
  private let apply: Bool
  private let entries: EventRoutes<(index: Int, name: String, suppression: Suppression)>

  init(_ db: Database, _ options: ActOptions, apply: Bool) throws {
    self.db = db
    self.options = options
    self.apply = apply
    entries = StatePass.entries(of: options.policy)
  }

  /// The entries of a policy, each with an index of its own.
  static func entries(of policy: Policy) -> EventRoutes<(index: Int, name: String, suppression: Suppression)> {
    let indices = Dictionary(uniqueKeysWithValues: policy.entries.keys.sorted().enumerated().map { ($1, $0) })
    return EventRoutes { category, reason in
      let (name, suppression) = policy.entry(category: category, reason: reason)
      return (indices[name] ?? -1, name, suppression)
    }
  }

  /// Throws `ActError.brake` when it applies and the brake holds; the transaction then takes all back.
  func run() throws -> ActReport {
    var report = ActReport()
    var tally = StateTally(samples: options.samples)
    let policy = options.policy.canonical
    let former = try String.fetchOne(db, sql: "SELECT value FROM settings WHERE name = 'policy'")
    report.known = try Int.fetchOne(db, sql: "SELECT count(*) FROM subscribers") ?? 0

    let reader = try StandingReader(db, options.policy, entries, all: former != policy)
    let writer = try apply ? StandingWriter(db, diary: former != nil) : nil
    while let (subscriber, new) = try reader.next() {
      if new.state == .active, subscriber.events == 0, !subscriber.isOverridden {
        tally.note(subscriber, new)
        try writer?.delete(subscriber)
      } else if new != subscriber.standing {
        tally.note(subscriber, new)
        try writer?.write(new, subscriber)
      }
    }
    report.examined = reader.examined
    if apply {
      try db.execute(sql: "UPDATE shards SET settled = key WHERE settled IS NOT key; DELETE FROM stale")
      try db.execute(
        sql: "INSERT INTO settings (name, value) VALUES ('policy', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        arguments: [policy])
    }

    let before = try Int.fetchOne(db, sql: "SELECT count(*) FROM subscribers WHERE state = 'suppressed'") ?? 0
    report.suppressedInAll = apply ? before : before + tally.suppressed.count - tally.freed.count
    tally.fill(&report)
    report.brake = tally.brake(options, known: report.known, isFirst: former == nil, report)
    if apply, let brake = report.brake { throw ActError.brake(brake) }
    return report
  }
}

/// A subscriber as the database has it.
struct Subscriber {
  var id: Int
  var address: String
  var events: Int
  var standing: StoredStanding
  var isOverridden: Bool
}

/// A standing as the columns of `subscribers` tell it.
struct StoredStanding: Equatable {
  var state: Standing.State = .active
  var cause: String?
  var rule: String?
  var policy: String?
  var event: Int?
  var since: Int?
  var newAddress: String?

  /// By a person's decision.
  static func manual(_ state: Standing.State) -> StoredStanding {
    StoredStanding(state: state, cause: "manual", policy: "manual")
  }
}
