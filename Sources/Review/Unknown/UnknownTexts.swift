import ByteSlices
import Classify
import Foundation
import Pipeline
import Records
import Spool

/// The texts of messages that only fallback rules caught, in clusters of one wording each: what the next rules are to
/// be made of.
public struct UnknownTexts: Sendable {
  /// One wording.
  public struct Cluster: Sendable {
    /// The field in which the text stood: `diagnostic`, `text` or `subject`.
    public let field: String
    /// The text with what differs from mail to mail masked.
    public let shape: String
    /// How many verdicts it had.
    public fileprivate(set) var count = 0
    /// The rules that caught it, and how often.
    public fileprivate(set) var rules: [String: Int] = [:]
    /// The verdict that the most frequent of them gave.
    public fileprivate(set) var verdict = ""
    /// The first text seen, and the message that it is of.
    public let sample: String
    public let message: String
    /// What the evidence said besides.
    let kind: MessageKind
    let status: String
    let reply: String
    let tokens: TextShape
  }

  /// Most frequent first.
  public let clusters: [Cluster]
  /// Verdicts that fallback rules gave, those without any words among them.
  public let verdicts: Int
  /// Verdicts looked at.
  public let total: Int

  /// What a workspace's last run left to fallback rules.
  ///
  /// - Parameter rules: those in force, to know which are fallbacks.
  /// - Throws: `ReviewError` when nothing was classified yet.
  public init(_ configuration: Configuration, rules: RuleSet) throws {
    var gathering = Gathering(rules)
    let classified = configuration.workspace.spool(.classify)
    let parsed = configuration.workspace.spool(.parse)
    let shards = try classified.shards()
    guard !shards.isEmpty else {
      throw ReviewError("\(classified.path): nothing has been classified yet; start with: returnmill run PATH…")
    }
    let reader = ShardReader()
    let arena = Arena()
    for shard in shards {
      // Two passes over a shard: which messages, and then their evidence.
      var caught: [[UInt8]: [Gathering.Caught]] = [:]
      try reader.forEachLine(classified, shard) { line in
        try Interruption.check()
        arena.reset()
        let record = try VerdictRecord(line: line, arena: arena)
        let own = gathering.caught(record)
        if !own.isEmpty { caught[Array(WorkspaceArchive.id(of: line))] = own }
      }
      guard !caught.isEmpty, try parsed.manifest(shard) != nil else { continue }
      try reader.forEachLine(parsed, shard) { line in
        guard let own = caught.removeValue(forKey: Array(WorkspaceArchive.id(of: line))) else { return }
        arena.reset()
        gathering.add(try ParseRecord(line: line, arena: arena), own)
      }
    }
    self.init(gathering)
  }

  /// What the rules in force leave to fallbacks in some files, without a workspace.
  public init(files: [String], configuration: Configuration?) throws {
    let examiner = try Examiner(configuration: configuration)
    var gathering = Gathering(examiner.rules)
    for file in files {
      try examiner.forEachMessage(in: file) { record, _ in
        let own = gathering.caught(examiner.judge.judge(record, arena: examiner.arena))
        if !own.isEmpty { gathering.add(record, own) }
      }
    }
    self.init(gathering)
  }

  private init(_ gathering: Gathering) {
    verdicts = gathering.verdicts
    total = gathering.total
    clusters = gathering.clusters.values.map { cluster in
      var cluster = cluster
      let first = cluster.rules.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? ""
      cluster.verdict = gathering.fallbacks[first] ?? "user_reply/unclassified"
      return cluster
    }.sorted { ($1.count, $0.field, $0.shape) < ($0.count, $1.field, $1.shape) }
  }
}

/// Gathers texts by their shape.
private struct Gathering {
  /// A verdict that a fallback rule gave.
  struct Caught {
    var rule: String
    var recipient: String
  }

  /// The verdicts of fallback rules, by their ids.
  let fallbacks: [String: String]
  var clusters: [String: UnknownTexts.Cluster] = [:]
  var verdicts = 0
  var total = 0

  init(_ rules: RuleSet) {
    fallbacks = Dictionary(
      rules.rules.filter(\.isFallback).map { ($0.id, $0.verdict) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func caught(_ record: VerdictRecord) -> [Caught] {
    total += record.verdicts.count
    let own = record.verdicts.compactMap { verdict in
      let rule = String(verdict.rule)
      return fallbacks[rule] == nil ? nil : Caught(rule: rule, recipient: String(verdict.recipient))
    }
    verdicts += own.count
    return own
  }

  mutating func add(_ record: ParseRecord, _ caught: [Caught]) {
    for one in caught {
      let recipient = record.recipients.first { String($0.address).lowercased() == one.recipient.lowercased() }
      let words = recipient.map { String($0.diagnostic) } ?? ""
      if !words.isEmpty {
        add("diagnostic", words, record, recipient, one)
      } else if !record.text.trimmed.isEmpty {
        add("text", String(record.text.prefix(2000)), record, recipient, one)
      } else if !record.subject.isEmpty {
        add("subject", String(record.subject), record, recipient, one)
      }
    }
  }

  private mutating func add(
    _ field: String, _ text: String, _ record: ParseRecord, _ recipient: RecipientEvidence?, _ caught: Caught
  ) {
    let shape = TextShape(text)
    // A bare code says nothing that a rule on words could use.
    guard shape.wordCount > 0 else { return }
    let key = field + "\u{0}" + shape.text
    var cluster =
      clusters[key]
      ?? UnknownTexts.Cluster(
        field: field, shape: shape.text, sample: text, message: record.id.hex, kind: record.kind,
        status: recipient.map { String($0.status) } ?? "", reply: recipient.map { String($0.reply) } ?? "",
        tokens: shape)
    cluster.count += 1
    cluster.rules[caught.rule, default: 0] += 1
    clusters[key] = cluster
  }
}
