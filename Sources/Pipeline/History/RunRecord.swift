import Classify
import Foundation
import GRDB
import RulePacks
import Spool
import Store

/// The rules that a run judged by.
public struct RulesInForce: Sendable, Codable, Equatable {
  /// SHA-256 over all rule files, as in the keys of classify shards.
  public var digest: String
  /// The site's own rule files and folders that the configuration names.
  public var configured: [String]
  /// Of the rules that `reclassify --apply` took over into the workspace.
  public var own: String?
  /// `NAME VERSION DIGEST` of each rule pack.
  public var packs: [String]

  init(of configuration: Configuration) throws {
    digest = RuleSet.digest(of: try RuleSet.files(user: configuration.rulesInForce()))
    configured = configuration.rules
    let state = try RuleShelf(configuration.workspace).state()
    own = state.own?.digest
    packs = state.packs.map { "\($0.name) \($0.version) \($0.digest)" }
  }
}

/// What the database remembers of a run (`runs.summary`), so that two runs can be compared.
struct RunMarks: Codable {
  /// The version of the program.
  var version: String
  var rules: RulesInForce?
  /// Messages by category, and subscribers by state, after the run.
  var categories: [String: Int]
  var subscribers: [String: Int]
  /// The last entries of the diaries that the run has written, or an earlier one: those up to these lead to the state
  /// after the run.
  var lastChange: Int
  var lastStateChange: Int

  private enum CodingKeys: String, CodingKey {
    case version, rules, categories, subscribers
    case lastChange = "last_change"
    case lastStateChange = "last_state_change"
  }

  /// Writes a run into the database, with the marks as they are now; does nothing while there is no database.
  static func write(_ manifest: RunManifest, _ configuration: Configuration) throws {
    guard Files.exists(configuration.database) else { return }
    let database = try Store.open(configuration.database, create: false)
    let marks = try database.read { db in
      RunMarks(
        version: manifest.version, rules: manifest.rules,
        categories: try manifest.categories ?? Store.counts(db, of: "category", in: "messages"),
        subscribers: try Store.counts(db, of: "state", in: "subscribers"),
        lastChange: try Int.fetchOne(db, sql: "SELECT max(number) FROM changes") ?? 0,
        lastStateChange: try Int.fetchOne(db, sql: "SELECT max(number) FROM state_changes") ?? 0)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let outcome = manifest.failure == nil ? "done" : manifest.exitCode > 128 ? "interrupted" : "failed"
    try Run(
      id: manifest.id, started: manifest.started.timeIntervalSince1970,
      finished: manifest.finished.timeIntervalSince1970, outcome: outcome,
      summary: String(decoding: try encoder.encode(marks), as: UTF8.self)
    ).save(database)
  }
}
