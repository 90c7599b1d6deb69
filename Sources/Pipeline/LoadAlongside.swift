import Dispatch
import Load
import Spool
import Synchronization

/// Loads shards while later ones are still being parsed and judged, so that a database, which takes one writer, does not
/// keep the other workers waiting for it at the end.
///
/// Shards are loaded in their order, as ever. The last one, and the few before it that fill no transaction, are left to
/// the load stage, which also completes the load.
final class LoadAlongside: @unchecked Sendable {
  private struct State {
    /// How many of the shards have been taken.
    var taken = 0
    var judged: Set<Int> = []
    var summary = StageSummary(stage: .load)
    var failure: (any Error)?
  }

  /// Shards in one transaction: fewer than load has, as what is judged should not wait long.
  private static let batch = 2

  private let job: LoadJob
  private let progress: Progress
  private let shards: [StagePlan.Item]
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "returnmill.load")
  /// Opened and used on the queue only.
  private var stage: LoadStage?

  /// - Parameter shards: what is going to be judged, in order.
  /// - Returns: nil where load has other things to do first: these must be behind all that the database holds.
  init?(_ job: LoadJob, _ shards: [StagePlan.Item], log: Log) throws {
    guard shards.count > Self.batch, let first = shards.first else { return nil }
    let before = try job.plan(force: false)
    guard before.isFresh, try job.lastLoaded().map({ $0 < first.shard }) ?? true else { return nil }
    self.job = job
    self.shards = shards.dropLast()
    progress = Progress(style: .none, log: log)
  }

  /// Takes note that a shard's verdicts are there. Throws what loading another one has failed with.
  func judged(_ shard: Int) throws {
    let batch = try state.withLock { state -> [StagePlan.Item] in
      if let failure = state.failure { throw failure }
      state.judged.insert(shard)
      let ready = shards[state.taken...].prefix { state.judged.contains($0.shard) }.prefix(Self.batch)
      guard ready.count == Self.batch else { return [] }
      state.taken += ready.count
      return Array(ready)
    }
    if !batch.isEmpty { queue.async { self.load(batch) } }
  }

  /// Waits for what was begun, and says what was loaded.
  func end() throws -> StageSummary {
    queue.sync { stage = nil }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return state.summary
    }
  }

  private func load(_ batch: [StagePlan.Item]) {
    if state.withLock({ $0.failure != nil }) { return }
    do {
      let stage = try self.stage ?? job.open()
      self.stage = stage
      let done = try job.load(batch, into: stage, progress: progress)
      state.withLock { $0.summary = $0.summary.adding(done) }
    } catch {
      state.withLock { $0.failure = error }
    }
  }
}
