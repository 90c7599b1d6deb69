import ByteSlices
import Spool
import Synchronization

/// A stage that turns each shard of one spool into a shard of the next: parse and classify.
struct TransformStage<Transform: ShardTransform & SendableMetatype>: Sendable {
  let input: SpoolFolder
  let output: SpoolFolder
  /// All that the output depends on beside the input shard.
  let key: [ShardKey.Part]
  /// Reads what all workers share; what it returns makes a worker's own transform.
  let prepare: @Sendable () throws -> @Sendable () throws -> Transform

  /// Whether a fresh shard with records that were set aside would have fewer of them now.
  var mayRecover: @Sendable (SpoolFolder, Int) throws -> Bool = { _, _ in false }

  /// What is to be done, and why.
  func plan(force: Bool) throws -> StagePlan {
    var plan = StagePlan(stage: output.stage)
    let inputs = try input.shards()
    for shard in inputs {
      guard let source = try input.brief(shard) else { continue }
      if let reason = try staleness(of: shard, from: source, force: force) {
        plan.stale.append(.init(shard: shard, messages: source.output, reason: reason))
      } else {
        plan.fresh += 1
      }
    }
    plan.removed = try output.shards().filter { !Set(inputs).contains($0) }
    return plan
  }

  func key(for sha256: String) -> ShardKey {
    ShardKey(key + [.init("input shard", sha256)])
  }

  private func staleness(of shard: Int, from source: ShardBrief, force: Bool) throws -> String? {
    guard let own = try output.brief(shard) else { return "new" }
    if force { return "forced" }
    if let reason = key(for: source.sha256).staleness(since: own.key) { return reason }
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
    let counts = Mutex(StageSummary(stage: output.stage))
    try Workers.run(plan.stale.count, workers: workers, context: { (ShardReader(), try makeTransform()) }) {
      job, context in
      let (reader, transform) = context
      let shard = plan.stale[job].shard
      guard let source = try input.manifest(shard) else { return }
      let writer = try ShardWriter(folder: output, shard: shard)
      try forEachLine(of: source, reader, progress) { try transform.transform($0, into: writer) }
      let manifest = try commit(writer, from: source)
      counts.withLock { $0.add(manifest) }
    }
    return counts.withLock { $0.adding(summary) }
  }

  /// Lends each line of an input shard to `body`, and checks that they are all there.
  func forEachLine(
    of source: ShardManifest, _ reader: ShardReader, _ progress: Progress, _ body: (ByteSlice) throws -> Void
  ) throws {
    var lines = 0
    try reader.forEachLine(input, source.shard) { line in
      try Interruption.check()
      try body(line)
      lines += 1
      if lines & 0x3FF == 0 { progress.advance(messages: 0x400) }
    }
    guard lines == source.output else {
      throw SpoolError(
        .corrupt, input.dataPath(source.shard),
        "holds \(lines) records, but its manifest says \(source.output); remove the manifest to have it made anew")
    }
    progress.advance(messages: lines & 0x3FF, shards: 1)
  }

  /// Makes the shard that was written for an input shard exist.
  func commit(_ writer: ShardWriter, from source: ShardManifest) throws -> ShardManifest {
    try writer.commit(
      key: key(for: source.sha256), input: source.output,
      from: .init(stage: input.stage, shard: source.shard, sha256: source.sha256))
  }
}
