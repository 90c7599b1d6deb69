import Mail

/// What an ingest would do, and why: one entry for each file or Maildir under the sources.
public struct IngestPlan: Sendable {
  /// How what lies at a path compares with what was read before.
  public enum State: String, Sendable {
    /// Never read.
    case new
    /// More was added to what was read.
    case grown
    /// What was read is no longer there as it was; it is read afresh.
    case changed
    /// Nothing to do.
    case unchanged
    /// Gone or emptied: what was read of it stays.
    case removed
  }

  /// A file or Maildir.
  public struct Entry: Sendable {
    public var path: String
    public var state: State
    /// Why, in words.
    public var reason: String
    /// Bytes to read, where that is known beforehand.
    public var bytes: Int
    /// Messages to read, where that is known beforehand.
    public var messages: Int?
  }

  /// In the order of the sources, and of the walk through each.
  public var entries: [Entry] = []
  /// What can't be read, or does not look like mail.
  public var problems: [ArchiveProblem] = []
  /// Shards that lose lines, because what they point at changed.
  public var rewrittenShards: [Int] = []

  public init() {}

  /// True when there is nothing to do.
  public var isFresh: Bool { entries.allSatisfy { $0.state == .unchanged || $0.state == .removed } }
}

/// How far a run has come.
public struct IngestProgress: Sendable {
  public var messages = 0
  public var bytes = 0
  public var shards = 0

  public init(messages: Int = 0, bytes: Int = 0, shards: Int = 0) {
    self.messages = messages
    self.bytes = bytes
    self.shards = shards
  }
}

/// What a run did.
public struct IngestSummary: Sendable {
  public var plan = IngestPlan()
  /// Messages found: those in the spool and those set aside.
  public var messages = 0
  public var quarantined = 0
  /// Bytes that the messages have in their archives.
  public var bytes = 0
  /// The new shards, in order.
  public var shards: [Int] = []
  public var rewrittenShards: [Int] = []
  /// What could not be read, was passed over, or is odd.
  public var problems: [ArchiveProblem] = []

  public init() {}
}
