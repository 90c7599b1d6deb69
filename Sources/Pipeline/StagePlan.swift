import Spool

/// What a stage would do, and why.
public struct StagePlan: Sendable, Codable {
  /// A piece of work.
  public struct Item: Sendable, Codable {
    /// The shard's number; 0 where the work is no shard's (a source, the policy).
    public var shard: Int
    /// Messages in it, as far as is known.
    public var messages: Int
    /// Why, in words.
    public var reason: String
  }

  public var stage: StageName
  public var stale: [Item] = []
  /// Shards that need nothing.
  public var fresh = 0
  /// Shards whose input is gone.
  public var removed: [Int] = []

  public init(stage: StageName) { self.stage = stage }

  public var isFresh: Bool { stale.isEmpty && removed.isEmpty }

  /// The reasons with the number of shards each has, most frequent first.
  public var reasons: [(reason: String, count: Int)] {
    Dictionary(grouping: stale, by: \.reason).map { ($0.key, $0.value.count) }
      .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }
}

/// What a stage did.
public struct StageSummary: Sendable, Codable {
  public var stage: StageName
  /// Shards made, and shards that needed nothing.
  public var shards = 0
  public var fresh = 0
  /// Records in, out, and set aside, of the shards made.
  public var input = 0
  public var output = 0
  public var quarantined = 0
  /// Of what load has put into the database: messages that were there before, and recipients judged otherwise.
  public var duplicates = 0
  public var changed = 0
  /// CPU time (user + system, all threads) and wall time, in milliseconds.
  public var cpuMilliseconds = 0
  public var wallMilliseconds = 0
  /// What else there is to say, a line each.
  public var notes: [String] = []

  public init(stage: StageName) { self.stage = stage }

  /// Counts a shard that was made.
  mutating func add(_ manifest: ShardManifest) {
    shards += 1
    input += manifest.input
    output += manifest.output
    quarantined += manifest.quarantined
  }

  /// Both together: what one stage did in two goes.
  func adding(_ other: StageSummary) -> StageSummary {
    var sum = self
    sum.shards += other.shards
    sum.fresh += other.fresh
    sum.input += other.input
    sum.output += other.output
    sum.quarantined += other.quarantined
    sum.duplicates += other.duplicates
    sum.changed += other.changed
    sum.notes += other.notes
    return sum
  }
}
