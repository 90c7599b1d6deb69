import Act
import GRDB
import Store

/// How far an import has come.
public struct ImportProgress: Sendable {
  public var rows: Int
  /// Bytes of the file that were read.
  public var bytes: Int
  /// Bytes of the file; nil when nobody knows.
  public var size: Int?
}

/// What an import did.
public struct ImportSummary: Sendable, Codable, Equatable, ImportOutcome {
  public var file: String
  /// Rows that were read.
  public var rows = 0
  public var added = 0
  public var changed = 0
  public var unchanged = 0
  /// Addresses that the file says are suppressed, unsubscribed or restored, and that were not.
  public var states = 0
  /// Rows about people who were erased on request; they are left out.
  public var erased = 0
  /// Rows that could not be used.
  public var rejected = 0
  /// Where these are.
  public var rejects: String?

  public init(file: String) { self.file = file }
}

/// Brings subscribers from a CSV or NDJSON file into the roster: adds those whose key is new, and brings the others up
/// to date; rows that are there already stay as they are.
public struct SubscriberImport: FileImport {
  public var map = ColumnMap()
  /// Lists that everybody in the file is put on.
  public var lists: [String] = []
  /// Where rows go that can't be used.
  public var rejects: String
  /// The policy by which act works.
  public var policy: Policy
  /// Takes people in again who were erased on request.
  public var includeErased = false
  /// Reads and checks, and changes nothing.
  public var dryRun = false

  /// For the diary: now, in seconds since 1970.
  public var now: Int

  public init(rejects: String, policy: Policy, now: Int) {
    self.rejects = rejects
    self.policy = policy
    self.now = now
  }

  public func run(
    _ path: String, database: String, problem: (String) -> Void, progress: (ImportProgress) throws -> Void
  ) throws -> ImportSummary {
    let reader = try SubscriberRows(path, map)
    var summary = ImportSummary(file: reader.file.path)
    let loop = ImportLoop(reader: reader, policy: policy, now: now, rejects: rejects, dryRun: dryRun)
    let rejected = try loop.run(database: database, problem: problem) {
      try progress(ImportProgress(rows: summary.rows, bytes: reader.position, size: reader.file.size))
    } take: { desk in
      let writer = try RosterWriter(desk.database)
      return { row in
        summary.rows += 1
        if desk.isErased(row.address) {
          guard includeErased else {
            summary.erased += 1
            return
          }
          _ = try Tombstones.remove(row.address.asciiLowercased, desk.database)
        }
        switch try writer.write(row, alsoOn: lists) {
        case .added: summary.added += 1
        case .changed: summary.changed += 1
        case .unchanged: summary.unchanged += 1
        }
        if row.status != .active, try desk.states.take(row) { summary.states += 1 }
      }
    }
    summary.rows += rejected
    summary.rejected = rejected
    if rejected > 0, !dryRun { summary.rejects = rejects }
    return summary
  }
}

/// Takes over what another system says of addresses, where nothing here says it.
final class ImportedStates {
  private let find: BulkStatement
  private let findOnList: BulkStatement
  private let writer: OverrideWriter

  private let now: Int

  /// - Parameter now: for the diary, in seconds since 1970.
  init(_ db: Database, now: Int) throws {
    self.now = now
    find = try BulkStatement(
      db,
      """
      SELECT ifnull((SELECT status FROM subscribers WHERE address_key = ?1), 'active'),
        (SELECT state || ifnull(' ' || origin, '') FROM overrides WHERE address_key = ?1)
      """)
    findOnList = try BulkStatement(
      db,
      """
      SELECT ifnull((SELECT status FROM list_standings WHERE address_key = ?1 AND list = ?2), 'active'),
        (SELECT state || ifnull(' ' || origin, '') FROM list_overrides WHERE address_key = ?1 AND list = ?2)
      """)
    writer = try OverrideWriter(db)
  }

  /// Takes over a subscriber's status. False when nothing changes by it.
  func take(_ row: SubscriberRow) throws -> Bool {
    switch row.status {
    case .active: return false
    case .restored:
      return try take(Override(address: row.address, state: .active, at: row.since))
    case .suppressed, .unsubscribed:
      return try take(
        Override(
          address: row.address, state: row.status == .suppressed ? .suppressed : .unsubscribed, at: row.since,
          origin: .imported, cause: row.cause))
    }
  }

  /// Sets an override, unless the address stands so anyway, or a person has decided otherwise here.
  func take(_ override: Override) throws -> Bool {
    let key = override.address.asciiLowercased
    let statement = override.list == nil ? find : findOnList
    statement.bind(0, key)
    if let list = override.list { statement.bind(1, list) }
    guard try statement.step() else { return false }
    let (status, decided) = (statement.text(0) ?? "", statement.text(1))
    statement.reset()
    if let decided, !decided.hasSuffix(" import") { return false }
    if override.state != .active, status == "suppressed" || status == "unsubscribed" { return false }
    var override = override
    if override.origin == .imported, override.cause == nil {
      override.cause = override.state == .unsubscribed ? "unsubscribe_request/imported" : "imported"
    }
    try writer.set(override)
    try writer.log(
      override.origin == .imported ? "import" : "restore", override.address, override.list, now, override.note)
    return true
  }

  func settle(_ policy: Policy) throws { try writer.settle(policy) }
}
