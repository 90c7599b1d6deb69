import Classify
import Parse
import Records
import Spool
import Synchronization

/// Parse and classify in one go: a message's evidence is judged while it is still in memory, and written like always.
///
/// It spares the reading back of the evidence, which costs a third of classify. The files are the same, byte for byte,
/// as those of the two stages one after the other; a run that dies between the two leaves the evidence, and the next
/// one judges it.
struct ParseAndClassify: Sendable {
  let parse: TransformStage<ParseTransform>
  let classify: TransformStage<ClassifyTransform>

  /// The stale shards of a plan for parse that have no verdicts yet. Where there are some, they may well stay as they
  /// are: only the new evidence can tell.
  func part(of plan: StagePlan) throws -> StagePlan {
    var part = StagePlan(stage: plan.stage)
    part.stale = try plan.stale.filter { try classify.output.manifest($0.shard) == nil }
    return part
  }

  /// Does a plan that `part` made. Returns what parse did, and what classify did.
  ///
  /// - Parameter judged: called, by any worker, for each shard whose verdicts are there.
  func run(
    _ plan: StagePlan, workers: Int, progress: Progress, judged: @Sendable (_ shard: Int) throws -> Void
  ) throws -> (parse: StageSummary, classify: StageSummary) {
    let counts = Mutex((StageSummary(stage: .parse), StageSummary(stage: .classify)))
    guard !plan.stale.isEmpty else { return counts.withLock { $0 } }
    try parse.output.sweep()
    try classify.output.sweep()
    let makeParser = try parse.prepare()
    let makeJudge = try classify.prepare()
    try Workers.run(
      plan.stale.count, workers: workers, context: { (ShardReader(), try makeParser(), try makeJudge()) }
    ) { job, context in
      let (reader, parser, judge) = context
      let shard = plan.stale[job].shard
      guard let source = try parse.input.manifest(shard) else { return }
      let evidence = try ShardWriter(folder: parse.output, shard: shard)
      let verdicts = try ShardWriter(folder: classify.output, shard: shard)
      let judging = { (record: ParseRecord) in try judge.judge(record, into: verdicts) }
      try parse.forEachLine(of: source, reader, progress) { try parser.parse($0, into: evidence, judging) }
      try parser.lendRest(judging)
      let parsed = try parse.commit(evidence, from: source)
      let classified = try classify.commit(verdicts, from: parsed)
      counts.withLock {
        $0.0.add(parsed)
        $0.1.add(classified)
      }
      try judged(shard)
    }
    return counts.withLock { $0 }
  }
}
