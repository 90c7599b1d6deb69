import Foundation
import GRDB
import Spool
import Store

/// What a workspace holds.
public struct Status: Sendable, Codable {
  /// A stage's spool in numbers.
  public struct Spooled: Sendable, Codable {
    public var stage: StageName
    public var shards: Int
    public var messages: Int
    public var quarantined: Int
    public var bytes: Int
  }

  /// Verdicts with one category and reason.
  public struct Count: Sendable, Codable {
    public var category: String
    public var reason: String
    public var events: Int
    public var messages: Int
  }

  /// Deliveries of one disposition that failed for one reason, or wait.
  public struct DeliveryFailure: Sendable, Codable {
    public var disposition: String
    /// `failed` (tried again), `given_up`, `waiting` or `copied`.
    public var state: String
    public var reason: String
    public var count: Int
  }

  public var workspace: String
  public var database: String
  public var spools: [Spooled]
  public var counts: [Count] = []
  /// Subscribers by state: active, suppressed, moved.
  public var subscribers: [String: Int] = [:]
  /// Events that no token vouches for, by why.
  public var unverified: [String: Int] = [:]
  /// What left the house, by disposition and state.
  public var deliveries: [String: Int] = [:]
  /// Why deliveries failed, the most frequent reasons first: at most ten.
  public var deliveryFailures: [DeliveryFailure] = []
  /// The latest run's id, and how it ended.
  public var lastRun: String?
  public var lastFailure: String?

  /// Reads it off the workspace, without a lock.
  public init(of configuration: Configuration) throws {
    let workspace = configuration.workspace
    guard Files.exists(workspace.root) else {
      throw ConfigurationError("\(workspace.root): no such workspace; start with: returnmill run PATH… --workspace DIR")
    }
    self.workspace = workspace.root
    database = configuration.database
    spools = try [StageName.ingest, .parse, .classify].map { stage in
      let folder = workspace.spool(stage)
      var spooled = Spooled(stage: stage, shards: 0, messages: 0, quarantined: 0, bytes: 0)
      for shard in try folder.shards() {
        guard let manifest = try folder.manifest(shard) else { continue }
        spooled.shards += 1
        spooled.messages += manifest.output
        spooled.quarantined += manifest.quarantined
        spooled.bytes += manifest.bytes
      }
      return spooled
    }
    if let latest = try Files.names(in: workspace.runs).last {
      lastRun = latest
      lastFailure = try? RunManifest(path: workspace.runs + "/" + latest + "/manifest.json").failure
    }
    guard Files.exists(database) else { return }
    try Store.open(database, create: false).read { db in
      counts = try Row.fetchAll(db, sql: "SELECT category, reason, events, messages FROM v_counts ORDER BY 1, 2").map {
        Count(category: $0[0], reason: $0[1], events: $0[2], messages: $0[3])
      }
      subscribers = try Store.counts(db, of: "state", in: "subscribers")
      unverified = try Self.pairs(
        db,
        """
        SELECT substr(verification, 12), count(*) FROM events WHERE verification LIKE 'unverified:%' GROUP BY 1
        """)
      deliveries = try Self.pairs(
        db, "SELECT disposition || ' ' || state, count(*) FROM ledger GROUP BY disposition, state")
      deliveryFailures = try Row.fetchAll(
        db,
        sql: """
          SELECT disposition, state, coalesce(note, ''), count(*) AS n FROM ledger
          WHERE state IN ('failed', 'given_up', 'waiting', 'copied') AND note IS NOT NULL
          GROUP BY 1, 2, 3 ORDER BY n DESC, 1, 2, 3 LIMIT 10
          """
      ).map { DeliveryFailure(disposition: $0[0], state: $0[1], reason: $0[2], count: $0[3]) }
    }
  }

  private static func pairs(_ db: Database, _ sql: String) throws -> [String: Int] {
    try Dictionary(Row.fetchAll(db, sql: sql).map { ($0[0], $0[1]) }, uniquingKeysWith: { first, _ in first })
  }

  /// Messages by category, of the database.
  static func categories(in database: String) throws -> [String: Int]? {
    guard Files.exists(database) else { return nil }
    return try Store.open(database, create: false).read { db in
      try Store.counts(db, of: "category", in: "messages")
    }
  }

  /// Verdicts by the rule that gave them, of the database.
  static func rules(in database: String) throws -> [String: Int]? {
    guard Files.exists(database) else { return nil }
    return try Store.open(database, create: false).read { db in
      try Store.counts(db, of: "rule", in: "events")
    }
  }

  /// One JSON object.
  public func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// For a person.
  public var text: String {
    var text = "workspace  \(workspace)\n"
    for spool in spools {
      text +=
        column(spool.stage.rawValue, 11) + "\(grouped(spool.messages)) messages in \(grouped(spool.shards)) shards"
      text += ", \(grouped(spool.bytes / 1024)) KiB"
      text += spool.quarantined > 0 ? ", \(grouped(spool.quarantined)) quarantined\n" : "\n"
    }
    if let lastRun { text += "last run   \(lastRun)\(lastFailure.map { ": \($0)" } ?? "")\n" }
    guard !counts.isEmpty else { return text + "database   \(database): nothing loaded yet\n" }
    text += "database   \(database)\n\n"
    text += column("category", 22) + column("reason", 24) + right("verdicts", 9) + right("messages", 10) + "\n"
    var category = ""
    for count in counts {
      text += column(count.category == category ? "" : count.category, 22) + column(count.reason, 24)
      text += right(grouped(count.events), 9) + right(grouped(count.messages), 10) + "\n"
      category = count.category
    }
    text += "\n"
    for (state, number) in subscribers.sorted(by: { $0.key < $1.key }) {
      text += right(grouped(number), 9) + "  addresses \(state)\n"
    }
    if !unverified.isEmpty {
      let kinds = unverified.sorted { $0.key < $1.key }.map { "\(grouped($0.value)) \($0.key)" }.joined(separator: ", ")
      text += right(grouped(unverified.values.reduce(0, +)), 9) + "  events not verified: \(kinds)\n"
    }
    for (disposition, number) in deliveries.sorted(by: { $0.key < $1.key }) {
      text += right(grouped(number), 9) + "  deliveries for \(disposition)\n"
    }
    for failure in deliveryFailures {
      text += right(grouped(failure.count), 9) + "  \(failure.state) for \(failure.disposition): \(failure.reason)\n"
    }
    return text
  }

  private func column(_ text: String, _ width: Int) -> String {
    text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
  }

  private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
