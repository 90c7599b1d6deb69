import Foundation
import GRDB
import Load
import Records
import Spool
import Store

/// What became of a workspace between the end of one run and the end of another, from the diaries that load and act
/// keep.
public struct RunDiff: Sendable, Codable {
  /// A run, as the database remembers it.
  public struct Entry: Sendable, Codable {
    public var id: String
    public var started: Date
    /// `done`, `failed`, `interrupted`; nil when it was killed.
    public var outcome: String?
    /// The version of the program, and the rules that it judged by.
    public var version: String?
    public var rules: RulesInForce?
  }

  /// A category's messages, or the subscribers of a state.
  public struct Count: Sendable, Codable, Equatable {
    public var name: String
    public var before: Int
    public var after: Int
  }

  public var from: Entry
  public var to: Entry
  /// Messages by category, and subscribers by state: what new mail and what re-judgement brought, together.
  public var categories: [Count]
  public var subscribers: [Count]
  /// Verdicts that were re-judged. What was judged and judged back is in none.
  public var verdicts: VerdictDiff
  /// Addresses that came on the list or off it, by new mail or by re-judgement.
  public var addresses: AddressDiff

  /// Compares two runs; the later one need not be the second.
  ///
  /// - Parameters:
  ///   - names: each a run's id or its beginning, `last`, or `last~N` for the N-th before.
  ///   - samples: how many messages of each change are told.
  public init(_ configuration: Configuration, _ names: (from: String, to: String), samples: Int) throws {
    let database = try Store.open(configuration.database, create: false, indexed: true)
    self = try database.read { db in
      let runs = try Run.all(db)
      let (a, b) = (try Self.find(names.from, in: runs), try Self.find(names.to, in: runs))
      let (before, after) = (try Self.marks(a), try Self.marks(b))
      return RunDiff(
        from: Self.entry(a, before), to: Self.entry(b, after),
        categories: Self.counts(before.categories, after.categories),
        subscribers: Self.counts(before.subscribers, after.subscribers),
        verdicts: try Self.verdicts(db, before.lastChange, after.lastChange, samples: samples),
        addresses: try Self.addresses(db, before.lastStateChange, after.lastStateChange))
    }
  }

  private init(
    from: Entry, to: Entry, categories: [Count], subscribers: [Count], verdicts: VerdictDiff, addresses: AddressDiff
  ) {
    self.from = from
    self.to = to
    self.categories = categories
    self.subscribers = subscribers
    self.verdicts = verdicts
    self.addresses = addresses
  }

  /// The runs that the database remembers, the latest last.
  public static func runs(_ configuration: Configuration) throws -> [Entry] {
    try Store.open(configuration.database, create: false).read { db in
      try Run.all(db).map { run in entry(run, try? marks(run)) }
    }
  }

  /// One JSON object.
  public func encoded() throws -> String { try historyJSON(self) }

  // MARK: runs

  private static func find(_ name: String, in runs: [Run]) throws -> Run {
    if name == "last" || name.hasPrefix("last~") {
      let back = name == "last" ? 0 : Int(name.dropFirst(5)) ?? -1
      guard back >= 0, back < runs.count else {
        throw ConfigurationError("\(name): the database remembers \(runs.count) runs; see: returnmill diff --list")
      }
      return runs[runs.count - 1 - back]
    }
    let found = runs.filter { $0.id == name || $0.id.hasPrefix(name) }
    guard let run = found.first(where: { $0.id == name }) ?? (found.count == 1 ? found.first : nil) else {
      throw ConfigurationError(
        "\(name): \(found.isEmpty ? "no run" : "\(found.count) runs") of that name; see: returnmill diff --list")
    }
    return run
  }

  private static func marks(_ run: Run) throws -> RunMarks {
    guard let summary = run.summary, let marks = try? JSONDecoder().decode(RunMarks.self, from: Data(summary.utf8))
    else {
      throw ConfigurationError("\(run.id): the database doesn't remember enough of this run to compare it with another")
    }
    return marks
  }

  private static func entry(_ run: Run, _ marks: RunMarks?) -> Entry {
    Entry(
      id: run.id, started: Date(timeIntervalSince1970: run.started), outcome: run.outcome, version: marks?.version,
      rules: marks?.rules)
  }

  private static func counts(_ before: [String: Int], _ after: [String: Int]) -> [Count] {
    Set(before.keys).union(after.keys).sorted().map { Count(name: $0, before: before[$0] ?? 0, after: after[$0] ?? 0) }
  }

  // MARK: diaries

  /// Entries of a diary between two marks, each thing's first "before" and last "after"; turned round when the second
  /// mark is the earlier.
  private static func span(_ from: Int, _ to: Int) -> (arguments: StatementArguments, isBackward: Bool) {
    ([min(from, to), max(from, to)], from > to)
  }

  private struct Place: Hashable {
    var message: Data
    var recipient: String
  }

  private static func verdicts(_ db: Database, _ from: Int, _ to: Int, samples: Int) throws -> VerdictDiff {
    let (arguments, isBackward) = span(from, to)
    var changes: [Place: Change] = [:]
    var order: [Place] = []
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT message, ifnull(recipient, '') AS recipient, before_category, before_reason, before_rule, after_category,
          after_reason, after_rule FROM changes WHERE number > ? AND number <= ? ORDER BY number
        """, arguments: arguments)
    while let row = try rows.next() {
      let place = Place(message: row[0], recipient: row[1])
      func judgement(_ column: Int) -> Judgement? {
        (row[column] as String?).map {
          Judgement(
            recipient: place.recipient, category: $0, reason: row[column + 1] ?? "", rule: row[column + 2] ?? "")
        }
      }
      if changes[place] == nil {
        changes[place] = Change(before: judgement(2), after: judgement(5))
        order.append(place)
      } else {
        changes[place]?.after = judgement(5)
      }
    }
    var tally = VerdictDiffTally(samples: samples)
    var messages: Set<Data> = []
    let sampler = try Sampler(db)
    for (index, place) in order.enumerated() {
      guard var change = changes[place], change.before != change.after else { continue }
      if isBackward { swap(&change.before, &change.after) }
      messages.insert(place.message)
      tally.changed(change, order: index) { sampler.sample(place.message, place.recipient) }
    }
    if let failure = sampler.failure { throw failure }
    tally.changedMessages = messages.count
    tally.messages = try Int.fetchOne(db, sql: "SELECT count(*) FROM messages") ?? 0
    return tally.diff
  }

  private static func addresses(_ db: Database, _ from: Int, _ to: Int) throws -> AddressDiff {
    typealias State = (state: String, cause: String?, rule: String?)
    let (arguments, isBackward) = span(from, to)
    var spans: [String: (address: String, before: State, after: State)] = [:]
    let rows = try Row.fetchCursor(
      db,
      sql: """
        SELECT address, before_state, before_cause, before_rule, after_state, after_cause, after_rule
        FROM state_changes WHERE number > ? AND number <= ? ORDER BY number
        """, arguments: arguments)
    while let row = try rows.next() {
      let address: String = row[0]
      let after: State = (row[4], row[5], row[6])
      spans[address.asciiLowercased, default: (address, (row[1], row[2], row[3]), after)].after = after
    }
    var diff = AddressDiff()
    for (_, span) in spans.sorted(by: { $0.key < $1.key }) {
      let (old, new) = isBackward ? (span.after, span.before) : (span.before, span.after)
      guard old.state != new.state else { continue }
      if old.state == "suppressed" {
        diff.freed.append(.init(address: span.address, cause: old.cause ?? "", rule: old.rule))
      }
      let now = AddressDiff.Address(address: span.address, cause: new.cause ?? "", rule: new.rule)
      if new.state == "suppressed" { diff.suppressed.append(now) }
      if new.state == "moved" { diff.moved.append(now) }
    }
    return diff
  }
}

/// Looks a message up to show it.
private final class Sampler {
  private let message: BulkStatement
  private let diagnostic: BulkStatement
  private(set) var failure: (any Error)?

  init(_ db: Database) throws {
    message = try BulkStatement(db, "SELECT key, subject FROM messages WHERE id = ?")
    diagnostic = try BulkStatement(
      db, "SELECT diagnostic FROM events WHERE key BETWEEN ? AND ? AND ifnull(lower(recipient), '') = ?")
  }

  func sample(_ id: Data, _ recipient: String) -> VerdictDiff.Sample {
    var sample = VerdictDiff.Sample(
      message: id.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(), subject: "",
      recipient: recipient, words: "")
    do {
      try Array(id).withByteSlice { bytes in
        message.bind(blob: bytes, 0)
        guard try message.step() else { return }
        defer { message.reset() }
        sample.subject = VerdictDiff.excerpt(message.text(1) ?? "")
        let keys = Schema.eventKeys(message: message.int(0))
        diagnostic.bind(0, keys.lowerBound)
        diagnostic.bind(1, keys.upperBound)
        diagnostic.bind(2, recipient as String?)
        if try diagnostic.step() { sample.words = VerdictDiff.excerpt(diagnostic.text(0) ?? "") }
        diagnostic.reset()
      }
    } catch {
      failure = failure ?? error
    }
    return sample
  }
}
