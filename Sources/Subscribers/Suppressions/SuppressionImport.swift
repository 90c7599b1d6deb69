import Act

/// What an import of suppressions did.
public struct SuppressionImportSummary: Sendable, Codable, Equatable, ImportOutcome {
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
public struct SuppressionImport: FileImport {
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

  public func run(
    _ path: String, database: String, problem: (String) -> Void, progress: (ImportProgress) throws -> Void
  ) throws -> SuppressionImportSummary {
    let reader = try SuppressionReader(path, format)
    var summary = SuppressionImportSummary(file: reader.file.path)
    let loop = ImportLoop(reader: reader, policy: policy, now: now, rejects: rejects)
    summary.rejected = try loop.run(database: database, problem: problem) {
      try progress(ImportProgress(rows: summary.rows, bytes: reader.position, size: reader.file.size))
    } take: { desk in
      { rows in
        for row in rows {
          summary.rows += 1
          if desk.isErased(row.address) {
            summary.erased += 1
            continue
          }
          let override = Override(
            address: row.address, state: row.status == "unsubscribed" ? .unsubscribed : .suppressed,
            list: list ?? row.list, note: row.note, at: row.since, origin: .imported, cause: row.cause, rule: row.rule,
            policy: row.policy)
          if try desk.states.take(override) { summary.suppressed += 1 } else { summary.unchanged += 1 }
        }
      }
    }
    if summary.rejected > 0 { summary.rejects = rejects }
    return summary
  }
}
