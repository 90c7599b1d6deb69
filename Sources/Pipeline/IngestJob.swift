import Ingest
import Synchronization

/// Runs the ingest stage, and tells in words what is new.
struct IngestJob {
  let configuration: Configuration
  let log: Log

  func plan(force: Bool) throws -> StagePlan {
    var plan = StagePlan(stage: .ingest)
    for entry in try stage(force: force).plan().entries where entry.state != .unchanged && entry.state != .removed {
      plan.stale.append(.init(shard: 0, messages: entry.messages ?? 0, reason: "\(entry.path): \(entry.reason)"))
    }
    plan.fresh = try configuration.workspace.spool(.ingest).shards().count
    return plan
  }

  func run(workers: Int, force: Bool, progress: Progress) throws -> StageSummary {
    let seen = Mutex(IngestProgress())
    let report: @Sendable (IngestProgress) -> Void = { now in
      let step = seen.withLock { last in
        defer { last = now }
        return (messages: now.messages - last.messages, shards: now.shards - last.shards)
      }
      progress.advance(messages: step.messages, shards: step.shards)
    }
    let done = try stage(force: force).run(
      workers: workers, progress: report, isInterrupted: { Interruption.isRequested })
    try Interruption.check()
    for entry in done.plan.entries where entry.state != .unchanged && entry.state != .removed {
      log.debug("ingest: \(entry.path): \(entry.reason)")
    }
    for problem in done.problems { problem.isFailure ? log.warning("\(problem)") : log.debug("\(problem)") }
    var summary = StageSummary(stage: .ingest)
    summary.shards = done.shards.count + done.rewrittenShards.count
    summary.fresh = try configuration.workspace.spool(.ingest).shards().count - done.shards.count
    summary.input = done.messages
    summary.output = done.messages - done.quarantined
    summary.quarantined = done.quarantined
    return summary
  }

  private func stage(force: Bool) -> IngestStage {
    var options = IngestOptions()
    options.force = force
    options.messageLimit = configuration.limits.messageBytes
    return IngestStage(
      sources: configuration.sources.map { IngestSource(path: $0.path, embed: $0.embed) },
      workspace: configuration.workspace, options: options)
  }
}
