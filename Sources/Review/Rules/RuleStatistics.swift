import Classify
import Foundation
import GRDB
import Pipeline
import Spool
import Store

/// How often each rule decided in a workspace, and what changed since an earlier run.
public struct RuleStatistics: Sendable, Codable {
  /// A rule and its hits.
  public struct Line: Sendable, Codable {
    public var rule: String
    public var category: String
    public var reason: String
    public var layer: String
    /// Verdicts that it gave, and messages with at least one of them.
    public var verdicts: Int
    public var messages: Int
    /// The verdicts it had given after the earlier run; absent where there is none to compare with.
    public var before: Int?
    /// False for a rule that the workspace was judged by, and that is no longer in force.
    public var isInForce: Bool
  }

  /// The run that is compared with.
  public var since: String?
  /// In the order of the rules; those that are no longer in force at the end.
  public var lines: [Line]

  /// Rules in force that decide about nothing here.
  public var neverFired: [Line] { lines.filter { $0.isInForce && $0.verdicts == 0 && ($0.before ?? 0) == 0 } }
  /// Rules that gave verdicts before, and give none now.
  public var stoppedFiring: [Line] { lines.filter { $0.verdicts == 0 && ($0.before ?? 0) > 0 } }

  /// - Parameter since: the id of the run to compare with, or how it begins; the last but one that counted rules where
  ///   it is nil.
  /// - Throws: `ReviewError` when nothing was loaded yet, or there is no such run.
  public init(_ configuration: Pipeline.Configuration, rules: RuleSet, since: String?) throws {
    guard Files.exists(configuration.database) else {
      throw ReviewError(
        "\(configuration.database): nothing has been loaded yet; start with: returnmill run PATH… --workspace DIR")
    }
    var hits: [String: (verdicts: Int, messages: Int, verdict: String)] = [:]
    try Store.open(configuration.database, create: false).read { db in
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT rule, count(*), count(DISTINCT key >> ?), min(category || '/' || reason) FROM events GROUP BY rule
          """, arguments: [Schema.ordinalBits])
      while let row = try rows.next() { hits[row[0]] = (row[1], row[2], row[3]) }
    }
    let earlier = try RuleStatistics.earlier(in: configuration.workspace, since: since)
    self.since = earlier?.run
    lines = rules.rules.map { rule in
      Line(
        rule: rule.id, category: rule.category.rawValue, reason: rule.reason, layer: rule.layer.rawValue,
        verdicts: hits[rule.id]?.verdicts ?? 0, messages: hits[rule.id]?.messages ?? 0,
        before: earlier.map { $0.rules[rule.id] ?? 0 }, isInForce: true)
    }
    let known = Set(rules.rules.map(\.id))
    let gone = Set(hits.keys).union(earlier?.rules.keys.map { $0 } ?? []).subtracting(known)
    lines += gone.sorted().map { id in
      let verdict = (hits[id]?.verdict ?? "").split(separator: "/", maxSplits: 1).map(String.init)
      return Line(
        rule: id, category: verdict.first ?? "", reason: verdict.count > 1 ? verdict[1] : "", layer: "",
        verdicts: hits[id]?.verdicts ?? 0, messages: hits[id]?.messages ?? 0, before: earlier.map { $0.rules[id] ?? 0 },
        isInForce: false)
    }
  }

  private static func earlier(in workspace: Workspace, since: String?) throws -> (run: String, rules: [String: Int])? {
    var runs: [(run: String, rules: [String: Int])] = []
    for id in try Files.names(in: workspace.runs) {
      guard let manifest = try? RunManifest(path: workspace.runs + "/" + id + "/manifest.json"),
        let rules = manifest.decisions
      else { continue }
      runs.append((id, rules))
    }
    guard let since else { return runs.dropLast().last }
    let found = runs.filter { $0.run.hasPrefix(since) }
    guard let only = found.first, found.count == 1 else {
      let names = runs.map(\.run).joined(separator: ", ")
      throw ReviewError(
        "\(since): \(found.isEmpty ? "no run of that id counted its rules" : "the ids of several runs begin so"); "
          + (runs.isEmpty ? "run again, and the next run has one to compare with" : "use one of \(names)"))
    }
    return only
  }

  /// A table, most hits first, then the rules that have none.
  public func text(on terminal: Terminal) -> String {
    var text = ""
    let fired = lines.filter { $0.verdicts > 0 }.enumerated()
      .sorted { ($1.element.verdicts, $0.offset) < ($0.element.verdicts, $1.offset) }.map(\.element)
    let width = min(36, (fired.map { $0.rule.count }.max() ?? 4) + 2)
    text += terminal.styled(
      "verdicts".right(9) + (since == nil ? "" : "change".right(9)) + "  " + "rule".padded(to: width) + "verdict",
      .faint)
    text += "\n"
    for line in fired {
      text += String(line.verdicts).right(9)
      if let before = line.before {
        let change = line.verdicts - before
        text += (change == 0 ? "" : change > 0 ? "+\(change)" : "\(change)").right(9)
      }
      text += "  " + line.rule.padded(to: width)
      text += terminal.styled(
        "\(line.category)/\(line.reason)\(line.isInForce ? "" : "  (no longer in force)")", .faint)
      text += "\n"
    }
    var sheet = Sheet(terminal)
    func list(_ title: String, _ lines: [Line], _ words: (Line) -> String) {
      guard !lines.isEmpty else { return }
      sheet.line()
      sheet.line(Paragraph("\(title) (\(lines.count))", .strong))
      sheet.line(Paragraph(lines.map(words).joined(separator: ", ")), indent: 2)
    }
    if let since {
      list("Stopped firing since \(since)", stoppedFiring) { "\($0.rule) (\($0.before ?? 0))" }
    }
    list("Never fired", neverFired) { $0.rule }
    if since == nil {
      sheet.line()
      sheet.line(Paragraph("There is no earlier run to compare with yet.", .faint))
    }
    return text + sheet.text
  }
}
