import Classify
import Crypto
import Foundation
import Parse
import Records
import Spool

/// How a run is to go.
public struct RunOptions: Sendable {
  /// Shards worked on side by side.
  public var workers = 1
  /// Do again what is fresh.
  public var force = false
  /// Change neither the database nor anything outside the spool.
  public var dryRun = false
  /// Suppress even when the brake says that it is too many.
  public var releaseBrake = false
  /// Try again what earlier runs have given up to deliver.
  public var retryGivenUp = false

  public init() {}
}

/// Finds out what is stale, and does it: the one place that knows all five stages.
public final class Runner {
  private(set) var configuration: Configuration
  let options: RunOptions
  let log: Log
  let progress: Progress
  private var judgedWhileParsing = StageSummary(stage: .classify)
  private var loadedWhileParsing = StageSummary(stage: .load)

  public init(configuration: Configuration, options: RunOptions, log: Log, progress: Progress) {
    self.configuration = configuration
    self.options = options
    self.log = log
    self.progress = progress
  }

  private var workspace: Workspace { configuration.workspace }

  /// What a run would do. A stage whose input is not yet made says so; its shards are known only then.
  public func plan() throws -> [StagePlan] {
    var plans: [StagePlan] = []
    var upstream: StageName?
    for stage in StageName.allCases {
      var plan = try plan(stage)
      if let upstream { plan.stale.append(.init(shard: 0, messages: 0, reason: "follows \(upstream.rawValue)")) }
      if !plan.isFresh { upstream = stage }
      plans.append(plan)
    }
    return plans
  }

  /// Does what is stale in the stages, in their order.
  ///
  /// - Throws: whatever stopped the run; the run's manifest has been written all the same.
  public func run(_ stages: [StageName] = StageName.allCases) throws -> RunManifest {
    let lock = try WorkspaceLock(workspace)
    defer { withExtendedLifetime(lock) {} }
    try remember()
    let rehearsal = options.dryRun && stages.contains(.load) ? try Rehearsal(of: configuration) : nil
    if let rehearsal { configuration.database = rehearsal.database }
    defer { rehearsal?.end() }
    let started = Date()
    var manifest = RunManifest(
      id: RunManifest.id(at: started), version: Version.text, started: started, finished: started)
    do {
      if stages == StageName.allCases { manifest.fetches = try fetchAll() }
      if stages.contains(.classify) { manifest.rules = try RulesInForce(of: configuration) }
      for stage in stages {
        let summary = try run(stage, of: stages)
        manifest.stages.append(summary)
        if summary.quarantined > 0 { manifest.exitCode = 3 }
      }
    } catch {
      progress.end()
      manifest.failure = "\(error)"
      manifest.exitCode = Runner.exitCode(for: error) ?? 1
      manifest.finished = Date()
      try? write(manifest)
      throw error
    }
    if let failed = manifest.fetches?.first(where: { $0.failure != nil }) {
      manifest.failure = failed.failure
      manifest.exitCode = 1
    }
    if !manifest.wasFresh {
      manifest.categories = try Status.categories(in: configuration.database)
      manifest.decisions = try Status.rules(in: configuration.database)
    }
    manifest.finished = Date()
    if !manifest.wasFresh { try write(manifest) }
    return manifest
  }

  private func run(_ stage: StageName, of stages: [StageName]) throws -> StageSummary {
    let clock = ContinuousClock.now
    let cpu = Runner.cpuMilliseconds()
    // Ingest and act find out what there is to do as they do it; to plan them first would be half of it once more.
    let plan = stage == .ingest || stage == .act ? StagePlan(stage: stage) : try plan(stage)
    for (reason, count) in plan.reasons { log.debug("\(stage.rawValue): \(count) shards: \(reason)") }
    progress.begin(stage.rawValue, total: plan.stale.count, parts: stage == .ingest ? nil : "shards")
    defer { progress.end() }
    var summary: StageSummary
    switch stage {
    case .ingest: summary = try ingestJob().run(workers: options.workers, force: options.force, progress: progress)
    case .parse: summary = try parse(plan, of: stages)
    case .classify: summary = try classify(plan)
    case .load: summary = try load(plan)
    case .act: summary = try actJob().run(dryRun: options.dryRun)
    }
    let wall = clock.duration(to: .now)
    summary.wallMilliseconds = Int(wall.components.seconds * 1000 + wall.components.attoseconds / 1_000_000_000_000_000)
    summary.cpuMilliseconds = Runner.cpuMilliseconds() - cpu
    return summary
  }

  /// Parses; when classify is to follow, new evidence is judged on the way, and, with workers to spare, loaded.
  private func parse(_ plan: StagePlan, of stages: [StageName]) throws -> StageSummary {
    guard stages.contains(.classify) else {
      return try parseStage().run(plan, workers: options.workers, progress: progress)
    }
    let both = ParseAndClassify(parse: parseStage(), classify: try classifyStage())
    let part = try both.part(of: plan)
    let isLoading = stages.contains(.load) && options.workers > 1
    let loading = isLoading ? try LoadAlongside(try loadJob(), part.stale, log: log) : nil
    let done = Result {
      try both.run(part, workers: options.workers, progress: progress) { try loading?.judged($0) }
    }
    // Whatever became of it, nothing may go on writing.
    let loaded = Result { try loading?.end() }
    judgedWhileParsing = try done.get().classify
    if let loaded = try loaded.get() { loadedWhileParsing = loaded }
    let shards = Set(part.stale.map(\.shard))
    var rest = plan
    rest.stale.removeAll { shards.contains($0.shard) }
    return try parseStage().run(rest, workers: options.workers, progress: progress).adding(try done.get().parse)
  }

  private func classify(_ plan: StagePlan) throws -> StageSummary {
    var summary = try classifyStage().run(plan, workers: options.workers, progress: progress)
    summary.fresh -= judgedWhileParsing.shards
    summary = summary.adding(judgedWhileParsing)
    if judgedWhileParsing.shards > 0 {
      summary.notes.append("judged while parse ran, which the time of parse includes")
    }
    return summary
  }

  private func load(_ plan: StagePlan) throws -> StageSummary {
    var summary = try loadJob().run(plan, progress: progress)
    summary.fresh -= loadedWhileParsing.shards
    summary = summary.adding(loadedWhileParsing)
    if summary.duplicates > 0 {
      summary.notes.append("\(grouped(summary.duplicates)) duplicates of messages loaded before")
    }
    if summary.changed > 0 {
      summary.notes.append("\(grouped(summary.changed)) verdicts changed; returnmill diff shows them")
    }
    if loadedWhileParsing.shards > 0 {
      summary.notes.append(
        "\(loadedWhileParsing.shards) shards loaded while parse ran, which the time of parse includes")
    }
    return summary
  }

  private func plan(_ stage: StageName) throws -> StagePlan {
    switch stage {
    case .ingest: try ingestJob().plan(force: options.force)
    case .parse: try parseStage().plan(force: options.force)
    case .classify: try classifyStage().plan(force: options.force)
    case .load: try loadJob().plan(force: options.force)
    case .act: try actJob().plan()
    }
  }

  // MARK: the stages

  private func ingestJob() -> IngestJob { IngestJob(configuration: configuration, log: log) }

  // Digests tell what is stale; rules and dialects are compiled only when there is something to do with them.

  private func parseStage() -> TransformStage<ParseTransform> {
    let options = configuration.parseOptions
    return TransformStage(
      input: workspace.spool(.ingest), output: workspace.spool(.parse),
      key: ParseStage.keyParts(dialects: DialectSet.digest(of: DialectSet.bundledFiles), options: options),
      prepare: {
        let dialects = try DialectSet.bundled()
        return { try ParseTransform(dialects: dialects, options: options) }
      }, mayRecover: ParseRetry.mayHelp)
  }

  private func classifyStage() throws -> TransformStage<ClassifyTransform> {
    let files = try RuleSet.files(user: configuration.rulesInForce())
    return TransformStage(
      input: workspace.spool(.parse), output: workspace.spool(.classify),
      key: ClassifyStage.keyParts(rules: RuleSet.digest(of: files)),
      prepare: {
        let rules = try RuleSet(files: files, trusting: true)
        return { try ClassifyTransform(rules) }
      })
  }

  private func loadJob() throws -> LoadJob {
    LoadJob(
      spool: workspace.spool(.classify), database: configuration.database,
      keyring: try configuration.returnPath?.keyring())
  }

  private func actJob() -> ActJob {
    ActJob(
      configuration: configuration, releaseBrake: options.releaseBrake, retryGivenUp: options.retryGivenUp, log: log)
  }

  // MARK: what stays of a run

  /// A workspace whose sources came from the command line keeps them, so that `run --workspace DIR` is enough next time.
  private func remember() throws {
    guard configuration.isOwn else { return }
    let path = workspace.root + "/pipeline.json"
    let known = Files.exists(path)
    if known, try Configuration(file: path).sources == configuration.sources { return }
    let old = known ? Data(try Files.read(path)) : nil
    try Files.writeAtomically(try configuration.encoded(over: old), to: path)
  }

  private func write(_ manifest: RunManifest) throws {
    if options.dryRun { return }
    let folder = workspace.runs + "/" + manifest.id
    try Files.makeFolder(folder)
    try Files.writeAtomically(try manifest.encoded(), to: folder + "/manifest.json")
    try RunMarks.write(manifest, configuration)
  }

  /// User and system time of all threads so far.
  private static func cpuMilliseconds() -> Int {
    var usage = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
    return seconds * 1000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000
  }
}
