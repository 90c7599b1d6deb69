import Load
import ReturnPath
import Spool

/// Runs the load stage: every classify shard that the database does not hold by its present content.
struct LoadJob {
  /// Shards in one transaction: pages that several of them change are written once. A run that is stopped loses no more.
  private static let batch = 8

  let spool: SpoolFolder
  let database: String
  /// The keys by which events are verified; nil where none are.
  var keyring: Keyring?

  func plan(force: Bool) throws -> StagePlan {
    var plan = StagePlan(stage: .load)
    let shards = try spool.shards()
    let loaded = Files.exists(database) ? try LoadStage(databasePath: database).loadedShards() : [:]
    for shard in shards {
      guard let manifest = try spool.brief(shard) else { continue }
      let reason: String? =
        switch loaded[shard] {
        case nil: "new"
        case LoadStage.key(verdicts: manifest.sha256, keyring: keyring)?: force ? "forced" : nil
        case let key? where key.hasPrefix(manifest.sha256): "the keys of return paths changed"
        default: "verdicts changed"
        }
      if let reason {
        plan.stale.append(.init(shard: shard, messages: manifest.output, reason: reason))
      } else {
        plan.fresh += 1
      }
    }
    let present = Set(shards)
    plan.removed = loaded.keys.filter { !present.contains($0) }.sorted()
    return plan
  }

  /// The shard behind all that are loaded; nil when none is.
  func lastLoaded() throws -> Int? {
    guard Files.exists(database) else { return nil }
    return try open().loadedShards().keys.max()
  }

  func open() throws -> LoadStage { try LoadStage(databasePath: database, keyring: keyring) }

  func run(_ plan: StagePlan, progress: Progress) throws -> StageSummary {
    var summary = StageSummary(stage: .load)
    summary.fresh = plan.fresh
    guard !plan.isFresh else { return summary }
    let stage = try open()
    for start in stride(from: 0, to: plan.stale.count, by: Self.batch) {
      let batch = plan.stale[start..<min(start + Self.batch, plan.stale.count)]
      summary = summary.adding(try load(batch, into: stage, progress: progress))
    }
    let removed = try stage.removeShards(notIn: Set(try spool.shards()))
    summary.duplicates += try stage.finish()
    if removed > 0 { summary.notes.append("\(removed) shards removed") }
    return summary
  }

  /// Loads some shards in one transaction.
  func load(
    _ items: some Sequence<StagePlan.Item>, into stage: LoadStage, progress: Progress
  ) throws -> StageSummary {
    var summary = StageSummary(stage: .load)
    let reader = ShardReader()
    try stage.together {
      for item in items {
        try Interruption.check()
        guard let manifest = try spool.manifest(item.shard) else { continue }
        let done = try load(item.shard, manifest, stage, reader, progress)
        summary.shards += 1
        summary.input += manifest.output
        summary.output += manifest.output
        summary.duplicates += done.duplicates
        summary.changed += done.changed
      }
    }
    return summary
  }

  private func load(
    _ shard: Int, _ manifest: ShardManifest, _ stage: LoadStage, _ reader: ShardReader, _ progress: Progress
  ) throws -> LoadSummary {
    let done = try stage.load(shard: shard, key: LoadStage.key(verdicts: manifest.sha256, keyring: keyring)) { line in
      var lines = 0
      try reader.forEachLine(spool, shard) {
        try Interruption.check()
        try line($0)
        lines += 1
        if lines & 0x3FF == 0 { progress.advance(messages: 0x400) }
      }
      progress.advance(messages: lines & 0x3FF)
    }
    progress.advance(messages: 0, shards: 1)
    return done
  }
}
