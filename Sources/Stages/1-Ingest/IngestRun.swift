import Foundation
import Mail
import Spool

/// What the workers of a run share: whose turn it is to plan, and the shards that wait for their turn to exist.
///
/// Shards are committed in the order of their numbers, so a killed run leaves a beginning of what an undisturbed one
/// makes, and the next run goes on from there with the same borders and numbers.
final class IngestRun: @unchecked Sendable {
  private let planning = NSLock()
  private let planner: ShardPlanner
  private let committing = NSLock()
  private var waiting: [Int: WrittenShard] = [:]
  private var next: Int
  private let key: ShardKey
  private let isInterrupted: @Sendable () -> Bool
  private let progress: @Sendable (IngestProgress) -> Void
  private var summary = IngestSummary()
  private var failure: (any Error)?

  init(
    _ planner: ShardPlanner, firstShard: Int, _ key: ShardKey, isInterrupted: @escaping @Sendable () -> Bool,
    progress: @escaping @Sendable (IngestProgress) -> Void
  ) {
    self.planner = planner
    next = firstShard
    self.key = key
    self.isInterrupted = isInterrupted
    self.progress = progress
  }

  /// Plans, writes and commits shards until there are no more, or something failed.
  func work(_ writer: ShardUnitWriter) {
    do {
      while let unit = try nextUnit() { try commit(writer.write(unit), unit.shard) }
    } catch {
      committing.withLock { if failure == nil { failure = error } }
    }
  }

  /// What was done; throws what a worker threw.
  func finish() throws -> IngestSummary {
    if let failure { throw failure }
    summary.problems += planner.problems
    summary.problems.sort { ($0.path, $0.reason) < ($1.path, $1.reason) }
    return summary
  }

  private func nextUnit() throws -> ShardUnit? {
    try planning.withLock {
      if isInterrupted() || committing.withLock({ failure != nil }) { return nil }
      return try planner.next()
    }
  }

  private func commit(_ written: WrittenShard, _ shard: Int) throws {
    try committing.withLock {
      waiting[shard] = written
      while failure == nil, let ready = waiting.removeValue(forKey: next) {
        let manifest = try ready.writer.commit(key: key, input: ready.messages, sources: ready.sources)
        summary.shards.append(next)
        summary.messages += manifest.input
        summary.quarantined += manifest.quarantined
        summary.bytes += ready.bytes
        summary.problems += ready.problems
        next += 1
        progress(
          IngestProgress(messages: summary.messages, bytes: summary.bytes, shards: summary.shards.count))
      }
    }
  }
}
