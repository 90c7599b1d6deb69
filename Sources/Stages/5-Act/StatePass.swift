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

  init(_ db: Database, _ options: ActOptions, apply: Bool) throws {
    self.db = db
    self.options = options
    self.apply = apply
  }

  /// Throws `ActError.brake` when it applies and the brake holds; the transaction then takes all back.
  func run() throws -> ActReport {
    var report = ActReport()
    var tally = try StateTally(db, samples: options.samples)
    let policy = options.policy.canonical
    let former = try String.fetchOne(db, sql: "SELECT value FROM settings WHERE name = 'policy'")
    let reader = try StandingReader(db, options.policy, former == policy ? .touched : .all)
    let writer = try apply ? StandingWriter(db, diary: former != nil) : nil
    while let (subscriber, new, lists) = try reader.next() {
      // Only now: to count takes longer than to find out that there is nothing to do.
      if report.known == 0 { report.known = try Int.fetchOne(db, sql: "SELECT count(*) FROM subscribers") ?? 0 }
      if !lists.isEmpty {
        try tally.note(subscriber, lists)
        try writer?.write(lists, subscriber)
      }
      if new.state == .active, subscriber.events == 0, !subscriber.isOverridden {
        try tally.note(subscriber, new)
        try writer?.delete(subscriber)
      } else if new != subscriber.standing {
        try tally.note(subscriber, new)
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

    if report.known > 0 {
      let before = try Int.fetchOne(db, sql: "SELECT count(*) FROM subscribers WHERE state = 'suppressed'") ?? 0
      report.suppressedInAll = apply ? before : before + tally.suppressed.count - tally.freed.count
    }
    tally.fill(&report)
    report.brake = try tally.brake(options, known: report.known, isFirst: former == nil, db)
    if apply, let brake = report.brake { throw ActError.brake(brake) }
    return report
  }
}
