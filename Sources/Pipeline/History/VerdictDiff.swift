import Load

/// How many verdicts were one thing and are another: what a change of rules, or the time between two runs, has made of
/// the same messages.
public struct VerdictDiff: Sendable, Codable {
  /// What was decided of a recipient.
  public struct Ruling: Sendable, Codable, Hashable, Comparable {
    public var category: String
    public var reason: String
    /// The rule's id.
    public var rule: String

    init(_ judgement: Judgement) {
      category = judgement.category
      reason = judgement.reason
      rule = judgement.rule
    }

    public init(category: String, reason: String, rule: String) {
      self.category = category
      self.reason = reason
      self.rule = rule
    }

    public static func < (a: Ruling, b: Ruling) -> Bool {
      (a.category, a.reason, a.rule) < (b.category, b.reason, b.rule)
    }
  }

  /// A field of the matrix.
  public struct Cell: Sendable, Codable, Equatable {
    /// The category; `none` where the recipient is new.
    public var before: String
    /// The category; `none` where the recipient is gone.
    public var after: String
    public var verdicts: Int
  }

  /// Verdicts that changed in the same way.
  public struct Change: Sendable, Codable {
    public var before: Ruling?
    public var after: Ruling?
    public var verdicts: Int
    /// The first ones in the order of the spool.
    public var samples: [Sample]
  }

  /// A message whose verdict changed.
  public struct Sample: Sendable, Codable, Equatable {
    /// Its id, 64 hexadecimal digits.
    public var message: String
    public var subject: String
    public var recipient: String
    /// The server's words, else the writer's.
    public var words: String
  }

  /// Messages that were compared, and those of them with another verdict.
  public var messages = 0
  public var changedMessages = 0
  /// Verdicts with another category, reason or rule.
  public var changedVerdicts = 0
  /// Messages whose verdicts stay, but for the field that decided or the new address.
  public var detailsOnly = 0
  /// Categories before and after, with what stayed, where it is known; in the order of their names.
  public var matrix: [Cell] = []
  /// The most frequent first.
  public var changes: [Change] = []
}

/// Adds a diff up, in parts that are put together at the end: whatever the number of workers, the sum is the same.
struct VerdictDiffTally: Sendable {
  /// What a category is called that isn't there.
  static let none = "none"

  private struct Kind: Hashable {
    var before: VerdictDiff.Ruling?
    var after: VerdictDiff.Ruling?
  }

  private struct Pair: Hashable {
    var before: String
    var after: String
  }

  private struct Group {
    var verdicts = 0
    var samples: [(order: Int, sample: VerdictDiff.Sample)] = []
  }

  var messages = 0
  var changedMessages = 0
  var detailsOnly = 0
  private let limit: Int
  private var groups: [Kind: Group] = [:]
  private var cells: [Pair: Int] = [:]

  /// - Parameter samples: how many of each change are kept.
  init(samples: Int) { limit = samples }

  /// Verdicts that stayed what they were.
  mutating func stayed(_ category: String, verdicts: Int = 1) {
    cells[Pair(before: category, after: category), default: 0] += verdicts
  }

  /// A verdict that changed.
  ///
  /// - Parameter order: the message's place; the samples with the lowest are kept.
  mutating func changed(_ change: Change, order: Int, _ sample: () -> VerdictDiff.Sample) {
    let before = change.before.map(VerdictDiff.Ruling.init)
    let after = change.after.map(VerdictDiff.Ruling.init)
    cells[Pair(before: before?.category ?? Self.none, after: after?.category ?? Self.none), default: 0] += 1
    let kind = Kind(before: before, after: after)
    groups[kind, default: Group()].verdicts += 1
    guard let group = groups[kind], limit > 0, group.samples.count < limit || group.samples[limit - 1].order > order
    else { return }
    let at = group.samples.firstIndex { $0.order > order } ?? group.samples.count
    groups[kind]?.samples.insert((order, sample()), at: at)
    if group.samples.count >= limit { groups[kind]?.samples.removeLast() }
  }

  /// Takes in what another worker has counted.
  mutating func merge(_ other: VerdictDiffTally) {
    messages += other.messages
    changedMessages += other.changedMessages
    detailsOnly += other.detailsOnly
    for (pair, count) in other.cells { cells[pair, default: 0] += count }
    for (kind, group) in other.groups {
      groups[kind, default: Group()].verdicts += group.verdicts
      let all = (groups[kind]?.samples ?? []) + group.samples
      groups[kind]?.samples = Array(all.sorted { $0.order < $1.order }.prefix(limit))
    }
  }

  /// The sum.
  var diff: VerdictDiff {
    var diff = VerdictDiff()
    diff.messages = messages
    diff.changedMessages = changedMessages
    diff.detailsOnly = detailsOnly
    diff.changedVerdicts = groups.values.reduce(0) { $0 + $1.verdicts }
    diff.matrix = cells.map { VerdictDiff.Cell(before: $0.key.before, after: $0.key.after, verdicts: $0.value) }
      .sorted { ($0.before, $0.after) < ($1.before, $1.after) }
    diff.changes = groups.map { kind, group in
      VerdictDiff.Change(
        before: kind.before, after: kind.after, verdicts: group.verdicts, samples: group.samples.map(\.sample))
    }.sorted { a, b in
      if a.verdicts != b.verdicts { return a.verdicts > b.verdicts }
      if a.before != b.before { return Self.precedes(a.before, b.before) }
      return Self.precedes(a.after, b.after)
    }
    return diff
  }

  private static func precedes(_ a: VerdictDiff.Ruling?, _ b: VerdictDiff.Ruling?) -> Bool {
    guard let b else { return false }
    return a.map { $0 < b } ?? true
  }
}
