import Act
import ByteSlices
import Classify
import Foundation
import Load
import NDJSON
import Records
import Spool
import Store
import Synchronization

/// What other rules would make of the history that a workspace holds: the parsed evidence judged again, beside the
/// verdicts that were made of it. Reads the spool and the database, and changes neither.
public struct Rejudgement: Sendable {
  /// What came of it.
  public struct Report: Sendable, Codable {
    /// SHA-256 over the rules that it was judged by, as the keys of classify shards have it.
    public var rules: String
    public var verdicts: VerdictDiff
    public var addresses: AddressDiff
    /// Why `act` would be stopped, if it would.
    public var brake: BrakeReport?
    /// Messages without a verdict that could be compared: they were parsed since the last classify.
    public var unjudged = 0
    /// What to know when reading the rest, a sentence each.
    public var notes: [String] = []

    /// One JSON object.
    public func encoded() throws -> String { try historyJSON(self) }
  }

  private let configuration: Configuration
  private let rules: [String]
  private let workers: Int
  private let samples: Int
  private let progress: Progress

  /// - Parameters:
  ///   - rules: the site's rule files or folders of them, packs included, in the order in which they count; the bundled
  ///     rules follow.
  ///   - samples: how many messages of each change the report holds.
  public init(configuration: Configuration, rules: [String], workers: Int, samples: Int, progress: Progress) {
    self.configuration = configuration
    self.rules = rules
    self.workers = workers
    self.samples = samples
    self.progress = progress
  }

  /// Judges it all. To be called under the workspace's lock.
  public func run() throws -> Report {
    let rules = try RuleSet(files: RuleSet.files(user: rules), trusting: true)
    let (parsed, judged) = (configuration.workspace.spool(.parse), configuration.workspace.spool(.classify))
    let shards = try parsed.shards()
    let forecast =
      try Files.exists(configuration.database)
      ? Forecast(
        databasePath: configuration.database,
        options: ActOptions(
          policy: configuration.policy, dispositions: configuration.dispositions, brake: configuration.brake)) : nil
    let duplicates = try forecast?.duplicates() ?? []
    let total = Mutex((tally: VerdictDiffTally(samples: samples), unjudged: 0))
    progress.begin("reclassify", total: shards.count)
    defer { progress.end() }
    try Workers.run(shards.count, workers: workers, context: { try Bench(rules, duplicates) }) { job, bench in
      let shard = shards[job]
      guard let source = try parsed.manifest(shard) else { return }
      let manifest = try judged.manifest(shard)
      guard let manifest, manifest.from?.sha256 == source.sha256 else {
        total.withLock { $0.unjudged += source.output }
        return
      }
      let changed = try bench.judge(shard, parsed, judged, VerdictDiffTally(samples: samples))
      try forecast?.replace(bench.takeMessages())
      progress.advance(messages: source.output, shards: 1)
      total.withLock { $0.tally.merge(changed) }
    }
    let sum = total.withLock { $0 }
    var report = Report(rules: rules.digest, verdicts: sum.tally.diff, addresses: AddressDiff(), unjudged: sum.unjudged)
    if let forecast {
      let states = try forecast.report()
      report.addresses = AddressDiff(states)
      report.brake = states.brake
      let loaded = try forecast.shards()
      let current = try judged.shards().reduce(into: [Int: String]()) { $0[$1] = try judged.manifest($1)?.sha256 }
      // Behind the verdicts' key may stand that of the keys by which events are verified.
      if loaded.keys.mapValues({ String($0.prefix { $0 != "+" }) }) != current || !loaded.pending.isEmpty {
        report.notes.append(
          "the database is behind the spool (a run was stopped, or stages were run one by one): what `returnmill run` "
            + "would change anyway is missing in the addresses")
      }
    } else {
      report.notes.append("there is no database yet, so nobody can be suppressed or set free")
    }
    if sum.unjudged > 0 {
      report.notes.append(
        "\(grouped(sum.unjudged)) messages have no verdict yet that this one could be compared with: `returnmill run` "
          + "judges them")
    }
    return report
  }

  /// A worker's own judge and memory.
  private final class Bench {
    private let judge: Judge
    private let duplicates: Set<Int>
    private let arena = Arena()
    private let reader = ShardReader()
    private let cursor = ShardCursor()
    private let output = ByteBuffer(capacity: 16 << 10)
    private var messages: [ForecastMessage] = []

    init(_ rules: RuleSet, _ duplicates: Set<Int>) throws {
      judge = try Judge(rules)
      self.duplicates = duplicates
    }

    /// The messages of the last shard whose line is another now.
    func takeMessages() -> [ForecastMessage] {
      defer { messages.removeAll() }
      return messages
    }

    /// Judges a shard, line by line beside its verdicts.
    func judge(
      _ shard: Int, _ parsed: SpoolFolder, _ judged: SpoolFolder, _ empty: VerdictDiffTally
    ) throws -> VerdictDiffTally {
      var tally = empty
      var key = Schema.messageKeys(shard: shard).lowerBound - 1
      try cursor.open(judged.dataPath(shard))
      try reader.forEachLine(parsed, shard) { line in
        try Interruption.check()
        arena.reset()
        // What is no parse record was set aside, and has no verdict.
        guard let record = try? ParseRecord(line: line, arena: arena) else { return }
        let new = judge.judge(record, arena: arena)
        output.removeAll()
        var json = JSONWriter(output)
        new.encode(to: &json)
        guard let former = try cursor.next() else { throw unequal(judged, shard) }
        key += 1
        if duplicates.contains(key) { return }
        tally.messages += 1
        if output.slice.dropLast(1) == former {
          for verdict in new.verdicts { tally.stayed(verdict.category.rawValue) }
          return
        }
        let old = try VerdictRecord(line: former, arena: arena)
        guard old.id == new.id else { throw unequal(judged, shard) }
        compare(old, new, record, key, &tally)
        messages.append(ForecastMessage(new, key: key))
      }
      guard try cursor.next() == nil else { throw unequal(judged, shard) }
      return tally
    }

    private func compare(
      _ old: VerdictRecord, _ new: VerdictRecord, _ record: ParseRecord, _ key: Int, _ tally: inout VerdictDiffTally
    ) {
      let after = Judgement.all(of: new)
      let changes = Change.between(Judgement.all(of: old), after)
      if changes.isEmpty { tally.detailsOnly += 1 } else { tally.changedMessages += 1 }
      var changed = changes.compactMap(\.after)
      for judgement in after {
        if let at = changed.firstIndex(of: judgement) {
          changed.remove(at: at)
        } else {
          tally.stayed(judgement.category)
        }
      }
      for change in changes {
        tally.changed(change, order: key) { sample(of: change, new, record) }
      }
    }

    private func sample(of change: Change, _ new: VerdictRecord, _ record: ParseRecord) -> VerdictDiff.Sample {
      let recipient = (change.after ?? change.before)?.recipient ?? ""
      let verdict = new.verdicts.first { String($0.subscriberAddress(in: new)).asciiLowercased == recipient }
      let said = verdict?.diagnostic ?? .empty
      return VerdictDiff.Sample(
        message: new.id.hex, subject: VerdictDiff.excerpt(String(record.subject.prefix(400))), recipient: recipient,
        words: VerdictDiff.excerpt(String((said.isEmpty ? record.text : said).prefix(1200))))
    }

    private func unequal(_ folder: SpoolFolder, _ shard: Int) -> SpoolError {
      SpoolError(
        .corrupt, folder.dataPath(shard),
        "its lines are not those of the parse shard that it names; run `returnmill classify --force` first")
    }
  }
}

extension VerdictDiff {
  /// The beginning of a text on one line.
  static func excerpt(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return line.count > 200 ? line.prefix(199) + "…" : line
  }
}

extension ForecastMessage {
  fileprivate init(_ record: VerdictRecord, key: Int) {
    self.init(
      key: key, id: record.id, time: record.time,
      events: record.verdicts.map {
        Event(
          recipient: String($0.subscriberAddress(in: record)), category: $0.category.rawValue,
          reason: String($0.reason),
          rule: String($0.rule), newAddress: String($0.newAddress))
      })
  }
}

/// One JSON object, keys in order.
func historyJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.dateEncodingStrategy = .iso8601
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}
