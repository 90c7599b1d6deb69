import Act

/// An import from a file: of subscribers, or of suppressions.
public protocol FileImport {
  associatedtype Summary: ImportOutcome

  /// - Parameters:
  ///   - rejects: where rows go that can't be used.
  ///   - policy: the policy by which act works.
  ///   - now: for the diary, in seconds since 1970.
  init(rejects: String, policy: Policy, now: Int)

  /// - Parameters:
  ///   - path: `-` for standard input.
  ///   - problem: gets what is wrong with each row that can't be used: the file's name, the line, what was expected.
  ///   - progress: called now and then; what it throws ends the import between two transactions.
  func run(
    _ path: String, database: String, problem: (String) -> Void, progress: (ImportProgress) throws -> Void
  ) throws -> Summary
}

/// What an import did.
public protocol ImportOutcome: Encodable {
  /// The file with the rows that could not be used.
  var rejects: String? { get }
}

extension FileImport {
  /// Without saying how far it has come.
  public func run(_ path: String, database: String, problem: (String) -> Void = { _ in }) throws -> Summary {
    try run(path, database: database, problem: problem, progress: { _ in })
  }
}
