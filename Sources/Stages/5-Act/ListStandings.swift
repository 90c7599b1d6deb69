import ByteSlices
import GRDB
import Store

/// How an address stood on a list, and how it stands now; nil: no otherwise than everywhere.
struct ListChange {
  var list: String
  var before: StoredStanding?
  var after: StoredStanding?

  /// Whether mail on the list stops by this.
  var suppresses: Bool { after?.state == .suppressed && before?.state != .suppressed }
  var frees: Bool { before?.state == .suppressed && after?.state != .suppressed }
}

/// Compares what the events of an address say of single lists, and what a person decided, with `list_standings`.
final class ListStandingReader {
  private static let columns = "list, state, cause, rule, policy, event, since"
  private let standings: BulkStatement
  private let overrides: BulkStatement

  init(_ db: Database) throws {
    standings = try BulkStatement(
      db, "SELECT \(ListStandingReader.columns) FROM list_standings WHERE address_key = ? ORDER BY list")
    overrides = try BulkStatement(
      db,
      "SELECT list, state, origin, cause, rule, policy, at FROM list_overrides WHERE address_key = ? ORDER BY list")
  }

  /// Whether there is anything about single lists, in the policy or from an earlier one.
  static func isNeeded(_ db: Database, _ policy: Policy) throws -> Bool {
    if policy.usesLists { return true }
    return try Bool.fetchOne(
      db, sql: "SELECT EXISTS (SELECT 1 FROM list_standings) OR EXISTS (SELECT 1 FROM list_overrides)") ?? false
  }

  /// What changes for an address, by list. A person's decision goes before what was computed.
  func changes(of address: String, computed: [String: StoredStanding]) throws -> [ListChange] {
    let key = address.asciiLowercased
    var new = computed
    overrides.bind(0, key)
    while try overrides.step() {
      new[overrides.text(0) ?? ""] = .overridden(
        state: overrides.text(1) ?? "", origin: overrides.text(2), cause: overrides.text(3), rule: overrides.text(4),
        policy: overrides.text(5), at: overrides.intOrNil(6))
    }
    var old: [String: StoredStanding] = [:]
    standings.bind(0, key)
    while try standings.step() {
      old[standings.text(0) ?? ""] = StoredStanding(
        state: standings.text(1).flatMap(Standing.State.init) ?? .active, cause: standings.text(2),
        rule: standings.text(3), policy: standings.text(4), event: standings.intOrNil(5), since: standings.intOrNil(6))
    }
    for list in new.keys { new[list]?.newAddress = nil }
    return Set(new.keys).union(old.keys).sorted().compactMap { list in
      new[list] == old[list] ? nil : ListChange(list: list, before: old[list], after: new[list])
    }
  }
}

/// Writes `list_standings`.
final class ListStandingWriter {
  private let upsert: BulkStatement
  private let deletion: BulkStatement

  init(_ db: Database) throws {
    upsert = try BulkStatement(
      db,
      """
      INSERT INTO list_standings (list, address_key, state, cause, rule, policy, event, since)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state, cause = excluded.cause,
        rule = excluded.rule, policy = excluded.policy, event = excluded.event, since = excluded.since
      """)
    deletion = try BulkStatement(db, "DELETE FROM list_standings WHERE list = ? AND address_key = ?")
  }

  func write(_ change: ListChange, of address: String) throws {
    let key = address.asciiLowercased
    guard let new = change.after else {
      deletion.bind(0, change.list)
      deletion.bind(1, key)
      try deletion.run()
      return
    }
    upsert.bind(0, change.list)
    upsert.bind(1, key)
    upsert.bind(2, new.state.rawValue)
    upsert.bind(3, new.cause)
    upsert.bind(4, new.rule)
    upsert.bind(5, new.policy)
    upsert.bind(6, new.event)
    upsert.bind(7, new.since)
    try upsert.run()
  }
}
