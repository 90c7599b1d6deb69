import NDJSON
import Store

/// Why a shard can't be loaded. Nothing of it is.
public enum LoadError: Error, CustomStringConvertible {
  /// A line is not a verdict record.
  case badLine(shard: Int, line: Int, reason: String)
  /// A message speaks of more recipients than a key has room for.
  case tooManyVerdicts(shard: Int, line: Int, count: Int)
  /// A shard has more lines than a key has room for.
  case tooManyLines(shard: Int)
  /// A shard's number has no room in a key.
  case shardOutOfRange(Int)
  /// Two folders or files have the same stable number.
  case sourceTwins(String)

  public var description: String {
    switch self {
    case .badLine(let shard, let line, let reason):
      "classify shard \(shard), line \(line): \(reason); run `returnmill classify --force` to write the shard again"
    case .tooManyVerdicts(let shard, let line, let count):
      "classify shard \(shard), line \(line): \(count) verdicts for one message, at most \(1 << Schema.ordinalBits) "
        + "fit; lower the recipient limit of parse"
    case .tooManyLines(let shard):
      "classify shard \(shard): more than \(1 << Schema.lineBits) lines; run `returnmill ingest --force` with smaller shards"
    case .shardOutOfRange(let shard):
      "classify shard \(shard): expected a number from 0 to \(Schema.maxShard - 1); split the archive into workspaces"
    case .sourceTwins(let path):
      "\(path): its stable number is that of another source; rename the folder or file, and ingest it again"
    }
  }
}
