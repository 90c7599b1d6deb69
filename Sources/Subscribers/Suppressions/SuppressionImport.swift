import Act
import ByteSlices
import GRDB
import Store

/// What an import of suppressions did.
public struct SuppressionImportSummary: Sendable, Codable, Equatable {
  public var file: String
  /// Addresses that the file names.
  public var rows = 0
  /// Newly suppressed.
  public var suppressed = 0
  /// Suppressed before, or decided otherwise by a person here.
  public var unchanged = 0
  /// About people who were erased on request; they are left out.
  public var erased = 0
  public var rejected = 0
  /// Where these are.
  public var rejects: String?
}

/// Takes over whom another system suppresses. A person's decision here stands; events don't free such an address, as
/// they are not the reason.
public struct SuppressionImport {
  private static let batch = 5000
  public var format = SuppressionFormat.csv
  /// Suppress on this list only.
  public var list: String?
  /// Where lines go that can't be used.
  public var rejects: String
  /// The policy by which act works.
  public var policy: Policy
  /// For the diary: now, in seconds since 1970.
  public var now: Int

  public init(rejects: String, policy: Policy, now: Int) {
    self.rejects = rejects
    self.policy = policy
    self.now = now
  }

  /// The parameters are those of ``SubscriberImport/run(_:database:problem:progress:)``.
  public func run(
    _ path: String, database: String, problem: (String) -> Void = { _ in },
    progress: (ImportProgress) throws -> Void = { _ in }
  ) throws -> SuppressionImportSummary {
    let reader = try SuppressionReader(path, format)
    let store = try Store.open(database, indexed: true)
    var summary = SuppressionImportSummary(file: reader.file.path)
    let rejected = Rejects(path: rejects, header: reader.header)
    do {
      var isDone = false
      while !isDone {
        try progress(ImportProgress(rows: summary.rows, bytes: reader.position, size: reader.file.size))
        try store.write { db in isDone = try batch(reader, db, &summary, rejected, problem) }
      }
    } catch let error as DatabaseError {
      throw StoreError(error, path: database)
    }
    try rejected.commit()
    summary.rejected = rejected.count
    if rejected.count > 0 { summary.rejects = rejects }
    return summary
  }

  private func batch(
    _ reader: SuppressionReader, _ db: Database, _ summary: inout SuppressionImportSummary, _ rejected: Rejects,
    _ problem: (String) -> Void
  ) throws -> Bool {
    let states = try ImportedStates(db, now: now)
    let erased = try Tombstones.load(db)
    defer { withExtendedLifetime(states) {} }
    for _ in 0..<SuppressionImport.batch {
      guard let found = try reader.next() else {
        try states.settle(policy)
        return true
      }
      switch found.rows {
      case .failure(let error):
        problem("\(reader.file.path):\(found.line): expected \(error.expected)")
        try rejected.add(found.bytes)
      case .success(let rows):
        for row in rows {
          summary.rows += 1
          if let erased, row.address.withByteSlice(erased.contains) {
            summary.erased += 1
            continue
          }
          let override = Override(
            address: row.address, state: row.status == "unsubscribed" ? .unsubscribed : .suppressed,
            list: list ?? row.list, note: row.note, at: row.since, origin: .imported, cause: row.cause, rule: row.rule,
            policy: row.policy)
          if try states.take(override) { summary.suppressed += 1 } else { summary.unchanged += 1 }
        }
      }
    }
    try states.settle(policy)
    return false
  }
}
