import Classify
import Records

/// The rules in force, in the order in which they are asked.
public struct RuleListing: Sendable {
  private let rules: [(place: Int, rule: Rule)]

  /// - Parameter category: only the rules of one category, or of one `category/reason`.
  /// - Throws: `ReviewError` when there is no such category or reason.
  public init(_ set: RuleSet, category: String?) throws {
    let all = set.rules.enumerated().map { (place: $0 + 1, rule: $1) }
    guard let category else {
      rules = all
      return
    }
    rules = all.filter { $0.rule.category.rawValue == category || $0.rule.verdict == category }
    if rules.isEmpty {
      throw ReviewError(
        "no rule gives \(category); use one of \(Category.allCases.map(\.rawValue).joined(separator: ", ")), "
          + "or one of these with a reason, as soft_bounce/mailbox_full")
    }
  }

  /// A line a rule, under the names of their files.
  public func text(on terminal: Terminal) -> String {
    var sheet = Sheet(terminal)
    var file = ""
    for (_, rule) in rules {
      if rule.path != file {
        if !file.isEmpty { sheet.line() }
        var title = Paragraph(rule.path, .strong)
        title.add("  \(rule.layer.rawValue)", .faint)
        sheet.line(title)
        file = rule.path
      }
      var line = Paragraph(rule.id.padded(to: 32))
      line.add(rule.verdict, .faint)
      sheet.line(line, indent: 2)
    }
    return sheet.text
  }

  /// One JSON object a rule.
  public func encoded() throws -> String {
    try rules.map { place, rule in
      try JSONLine.encode(
        Line(
          place: place, id: rule.id, category: rule.category.rawValue, reason: rule.reason,
          layer: rule.layer.rawValue, file: rule.path, line: rule.line, why: rule.why, match: fields(rule.match),
          any: rule.any.map(fields), unless: fields(rule.unless), examples: rule.examples.count,
          counterexamples: rule.counterexamples.count))
    }.joined()
  }

  private func fields(_ conditions: [Rule.Condition]) -> [String: [String]] {
    Dictionary(conditions.map { ($0.field, $0.patterns.map(\.text)) }, uniquingKeysWith: { $0 + $1 })
  }

  private struct Line: Codable {
    var place: Int
    var id: String
    var category: String
    var reason: String
    var layer: String
    var file: String
    var line: Int
    var why: String
    var match: [String: [String]]
    var any: [[String: [String]]]
    var unless: [String: [String]]
    var examples: Int
    var counterexamples: Int
  }
}

extension String {
  /// At least one blank follows.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - Terminal.columns(self)))
  }

  func right(_ width: Int) -> String { String(repeating: " ", count: max(0, width - Terminal.columns(self))) + self }
}
