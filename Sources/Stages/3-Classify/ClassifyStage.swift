import ByteSlices
import Records
import Spool

/// Stage 3: turns a shard of evidence into a shard of verdicts.
public enum ClassifyStage {
  /// Raised when the same evidence and the same rules would give other verdicts.
  public static let version = 2

  /// What a classify shard's bytes depend on beside its input shard.
  public static func keyParts(rules digest: String) -> [ShardKey.Part] {
    [
      ShardKey.Part("stage logic", "\(version)"),
      ShardKey.Part("record schema", "\(VerdictRecord.schema)"),
      ShardKey.Part("rules", digest),
    ]
  }
}

/// One worker of the classify stage: reads a line of evidence, and writes its verdicts.
public final class ClassifyTransform: ShardTransform {
  private let judge: Judge
  private let arena = Arena()

  /// One for each worker; the rules are shared.
  public init(_ rules: RuleSet) throws { judge = try Judge(rules) }

  /// Judges one line of `spool/parse`. A line that is no parse record is set aside.
  public func transform(_ line: ByteSlice, into output: ShardWriter) throws {
    arena.reset()
    do {
      let record = try ParseRecord(line: line, arena: arena)
      judge.judge(record, arena: arena).encode(to: &output.json)
    } catch {
      output.quarantine(id: nil, reason: "not a parse record: \(error)", bytes: line)
      return
    }
    try output.endRecord()
  }

  /// Judges a record that has just been written to `spool/parse`.
  public func judge(_ record: ParseRecord, into output: ShardWriter) throws {
    arena.reset()
    judge.judge(record, arena: arena).encode(to: &output.json)
    try output.endRecord()
  }
}
