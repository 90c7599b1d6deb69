import ByteSlices
import Spool
import Synchronization

/// A stage that turns each shard of one spool into a shard of the next: parse and classify.
struct TransformStage: Sendable {
  let input: SpoolFolder
  let output: SpoolFolder
  /// All that the output depends on beside the input shard.
  let key: [ShardKey.Part]
  /// Reads what all workers share; what it returns makes a worker's own transform.
  let prepare: @Sendable () throws -> @Sendable () throws -> any ShardTransform

  /// Whether a fresh shard with records that were set aside would have fewer of them now.
  var mayRecover: @Sendable (SpoolFolder, Int) throws -> Bool = { _, _ in false }

  /// What is to be done, and why.
  func plan(force: Bool) throws -> StagePlan {
    var plan = StagePlan(stage: output.stage)
    let inputs = try input.shards()
    for shard in inputs {
      guard let source = try input.manifest(shard) else { continue }
      if let reason = try staleness(of: shard, from: source, force: force) {
        plan.stale.append(.init(shard: shard, messages: source.output, reason: reason))
      } else {
        plan.fresh += 1
      }
    }
    plan.removed = try output.shards().filter { !Set(inputs).contains($0) }
    return plan
  }

  private func key(for source: ShardManifest) -> ShardKey {
    ShardKey(key + [.init("input shard", source.sha256)])
  }

  private func staleness(of shard: Int, from source: ShardManifest, force: Bool) throws -> String? {
    guard let own = try output.manifest(shard) else { return "new" }
    if force { return "forced" }
    if let reason = key(for: source).staleness(since: own.key) { return reason }
    guard own.quarantined > 0, try mayRecover(output, shard) else { return nil }
    return "what was set aside can be read by now"
  }

  /// Does what the plan says.
  func run(_ plan: StagePlan, workers: Int, progress: Progress) throws -> StageSummary {
    for shard in plan.removed { try output.remove(shard) }
    try output.sweep()
    var summary = StageSummary(stage: output.stage)
    summary.fresh = plan.fresh
    guard !plan.stale.isEmpty else { return summary }
    let makeTransform = try prepare()
    let counts = Mutex((input: 0, output: 0, quarantined: 0))
    try Workers.run(plan.stale.count, workers: workers, context: { (ShardReader(), try makeTransform()) }) {
      job, context in
      let (reader, transform) = context
      let shard = plan.stale[job].shard
      guard let source = try input.manifest(shard) else { return }
      let writer = try ShardWriter(folder: output, shard: shard)
      var lines = 0
      try reader.forEachLine(input, shard) { line in
        try Interruption.check()
        try transform.transform(line, into: writer)
        lines += 1
        if lines & 0x3FF == 0 { progress.advance(messages: 0x400) }
      }
      guard lines == source.output else {
        throw SpoolError(
          .corrupt, input.dataPath(shard),
          "holds \(lines) records, but its manifest says \(source.output); remove the manifest to have it made anew")
      }
      let manifest = try writer.commit(
        key: key(for: source), input: lines,
        from: .init(stage: input.stage, shard: shard, sha256: source.sha256))
      progress.advance(messages: lines & 0x3FF, shards: 1)
      counts.withLock {
        $0.input += manifest.input
        $0.output += manifest.output
        $0.quarantined += manifest.quarantined
      }
    }
    let total = counts.withLock { $0 }
    summary.shards = plan.stale.count
    summary.input = total.input
    summary.output = total.output
    summary.quarantined = total.quarantined
    return summary
  }
}
