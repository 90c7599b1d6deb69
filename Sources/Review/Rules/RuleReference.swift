import Classify
import Foundation

/// The reference page of the rules that come with the product, `docs/rules.md`: made from the rule files, so that it is
/// never wrong.
public struct RuleReference: Sendable {
  public let text: String

  /// - Throws: when the bundled rules are invalid.
  public init() throws {
    self.init(try RuleSet.bundled(), files: RuleFile.bundled())
  }

  init(_ set: RuleSet, files: [RuleFile]) {
    var text = """
      # The rules

      <!-- Made by `returnmill rules doc docs/rules.md` from Sources/Rules/categories. Don't edit it. -->

      What ReturnMill judges mail by: \(set.rules.count) rules in \(files.count) files, asked from the top to the \
      bottom of this page. For each recipient the first rule that holds decides. Layers go from what knows most to \
      what knows least: a site's own rules come first, then what the structure of a report says, what one provider \
      says, what one mail server says, words that anybody may use, codes, and what is left.

      Each rule's patterns stand in its file, with more examples, and with counterexamples that it must leave alone. \
      `returnmill explain` shows which rule decided about a message and which others held; [CONTRIBUTING.md](../\
      CONTRIBUTING.md#a-rule) tells how to write one.

      | layer | files | rules |
      |---|---|---|

      """
    for layer in RuleLayer.allCases {
      let own = files.filter { RuleLayer(file: $0.name) == layer }
      if layer == .site {
        text += "| site | those that `\"rules\"` in `pipeline.json` names | |\n"
      } else if !own.isEmpty {
        let names = own.map { "[\($0.name)](#\(RuleReference.anchor($0.name)))" }.joined(separator: "<br>")
        text += "| \(layer.rawValue) | \(names) | \(set.rules.filter { $0.layer == layer }.count) |\n"
      }
    }
    for file in files.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      text += "\n## \(file.name)\n\n"
      let introduction = RuleReference.introduction(of: file)
      if !introduction.isEmpty { text += "\(introduction)\n\n" }
      for rule in set.rules where rule.file == file.name { text += RuleReference.entry(rule) }
    }
    self.text = text
  }

  /// As GitHub makes them.
  private static func anchor(_ heading: String) -> String {
    heading.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == " " }
      .replacingOccurrences(of: " ", with: "-")
  }

  /// The comment that the file begins with.
  private static func introduction(of file: RuleFile) -> String {
    file.text.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("#") }
      .map { $0.dropFirst().trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
      .trimmingCharacters(in: .whitespaces)
  }

  private static func entry(_ rule: Rule) -> String {
    var text = "**`\(rule.id)`** → [`\(rule.verdict)`](categories.md). \(rule.why)  \n"
    text += "Looks at \(fields(rule))."
    if let example = rule.examples.first { text += " Example: \(code(words(example)))." }
    return text + "\n\n"
  }

  /// The fields that a rule looks at, each once.
  private static func fields(_ rule: Rule) -> String {
    var names: [String] = []
    for condition in rule.match + rule.any.flatMap({ $0 }) where !names.contains(condition.field) {
      names.append(condition.field)
    }
    let wanted = names.isEmpty ? "nothing: it always holds" : names.map { "`\($0)`" }.joined(separator: ", ")
    var vetoes: [String] = []
    for condition in rule.unless where !vetoes.contains(condition.field) { vetoes.append(condition.field) }
    return wanted + (vetoes.isEmpty ? "" : "; unless \(vetoes.map { "`\($0)`" }.joined(separator: ", "))")
  }

  private static func words(_ example: Example) -> String {
    example.members.map { "\($0.name): \($0.values.joined(separator: " | "))" }.joined(separator: "; ")
      .split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  /// A code span that holds whatever the text holds.
  private static func code(_ text: String) -> String {
    let fence = text.contains("`") ? "``" : "`"
    let cut = text.count > 240 ? text.prefix(240) + "…" : text[...]
    return fence == "``" ? "`` \(cut) ``" : "`\(cut)`"
  }
}
