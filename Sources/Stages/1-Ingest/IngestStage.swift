import Dispatch
import Mail
import Records
import Spool

/// Stage 1: finds each message under the sources, gives it its identity, and writes one line for it into the spool.
/// Never changes a source.
///
/// ```swift
/// let stage = IngestStage(sources: [IngestSource(path: "/var/mail/returns")], workspace: Workspace(root: "/srv/mill"))
/// print(try stage.plan().entries)
/// let summary = try stage.run(workers: 2)
/// ```
/// The same sources give the same bytes, with any number of workers, and after any number of kills.
public final class IngestStage: Sendable {
  /// Raised when the same source would give other lines.
  public static let logicVersion = 1

  private let sources: [IngestSource]
  private let workspace: Workspace
  private let options: IngestOptions

  /// More workers than these wait for the disk, or for each other; and each holds a shard's worth of a compressed file.
  private static let mostWorkers = 6

  public init(sources: [IngestSource], workspace: Workspace, options: IngestOptions = IngestOptions()) {
    self.sources = sources
    self.workspace = workspace
    self.options = options
  }

  /// What shards of this stage depend on, but for their sources.
  public static var key: ShardKey {
    ShardKey([
      .init("stage logic", String(logicVersion)), .init("record schema", String(IngestRecord.schema)),
    ])
  }

  /// What `run` would do. Changes nothing.
  public func plan() throws -> IngestPlan {
    guard !options.force else {
      let nowhere = SpoolFolder.none(in: workspace)
      return try SourceCheck(sources, nowhere, options).plan
    }
    return try SourceCheck(sources, workspace.spool(.ingest), options, former: SourceStamps(workspace)).plan
  }

  /// Brings the spool up to date. The caller holds the workspace's lock.
  ///
  /// - Parameters:
  ///   - workers: How many shards are written side by side.
  ///   - progress: Told after each shard, from any thread, one call at a time.
  ///   - isInterrupted: Asked before each shard; when true, the run ends with the shards that are begun.
  /// - Throws: `SpoolError` when the spool can't be written. What can't be read goes into the summary's problems.
  public func run(
    workers: Int = 1, progress: @escaping @Sendable (IngestProgress) -> Void = { _ in },
    isInterrupted: @escaping @Sendable () -> Bool = { false }
  ) throws -> IngestSummary {
    let spool = workspace.spool(.ingest)
    let replacement = ShardReplacement(workspace)
    try replacement.recover()
    if Files.exists(spool.path) { try spool.sweep() }
    try startAfresh(spool)
    let check = try SourceCheck(sources, spool, options, former: SourceStamps(workspace))
    try replacement.apply(check.cuts)
    let run = IngestRun(
      ShardPlanner(check.work, firstShard: check.lineage.next, options), firstShard: check.lineage.next, Self.key,
      isInterrupted: isInterrupted, progress: progress)
    let count = max(1, min(workers, Self.mostWorkers))
    if count == 1 {
      run.work(ShardUnitWriter(spool, options))
    } else {
      DispatchQueue.concurrentPerform(iterations: count) { _ in run.work(ShardUnitWriter(spool, options)) }
    }
    var summary = try run.finish()
    if !isInterrupted() { try check.stamps.write(workspace, unless: check.former) }
    summary.plan = check.plan
    summary.rewrittenShards = check.plan.rewrittenShards
    summary.problems = check.plan.problems + summary.problems
    return summary
  }

  /// Removes all shards when the options ask for it, or a run was killed that did so.
  private func startAfresh(_ spool: SpoolFolder) throws {
    let marker = workspace.root + "/afresh"
    if options.force {
      try Files.makeFolder(workspace.root)
      try Files.writeAtomically("The ingest spool is being made anew.\n", to: marker)
    }
    guard Files.exists(marker) else { return }
    for shard in try spool.shards() { try spool.remove(shard) }
    try Files.remove(marker)
    try Files.syncFolder(workspace.root)
  }
}

extension SpoolFolder {
  /// A spool without a shard.
  fileprivate static func none(in workspace: Workspace) -> SpoolFolder {
    Workspace(root: workspace.root + "/replace/none").spool(.ingest)
  }
}
