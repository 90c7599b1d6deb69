import ByteSlices
import Classify
import Foundation
import Records

/// The beginning of a rule for a wording that no rule knows: valid YAML, with the text as its example, so that it can
/// be put into a file and tried at once. Its verdict is the fallback's, until a person knows better.
struct RuleSkeleton {
  let id: String
  let yaml: String

  /// - Parameter taken: ids that are in use; this one's is added.
  init?(_ cluster: UnknownTexts.Cluster, taken: inout Set<String>) {
    guard let words = RuleSkeleton.words(cluster.tokens) else { return nil }
    let base = "site-" + RuleSkeleton.slug(words.joined(separator: " "))
    var id = base
    var number = 2
    while taken.contains(id) {
      id = "\(base)-\(number)"
      number += 1
    }
    taken.insert(id)
    let verdict = cluster.verdict.split(separator: "/", maxSplits: 1).map(String.init)
    var pseudonyms = Pseudonyms(sparing: [], text: cluster.sample)
    let example = String(Terminal.safe(pseudonyms.redact(cluster.sample)).prefix(400))
    let pattern = words.map(RuleSkeleton.escaped).joined(separator: ".{0,120}")
    var match: [String] = []
    var members = ["\(cluster.field): \(RuleSkeleton.quoted(example))"]
    if cluster.field == "diagnostic" {
      if !cluster.status.isEmpty { members.append("status: '\(cluster.status)'") }
      if !cluster.reply.isEmpty { members.append("reply: '\(cluster.reply)'") }
      if cluster.kind == .plain { members.append("kind: plain") }
    } else {
      match.append("kind: \(cluster.kind.rawValue)")
      members.append("kind: \(cluster.kind.rawValue)")
    }
    match.append("\(cluster.field): [\(RuleSkeleton.quoted(pattern))]")
    self.id = id
    yaml = """
      - id: \(id)
        category: \(verdict[0])
        reason: \(verdict.count > 1 ? verdict[1] : "unclassified")
        why: 'Seen \(cluster.count) time\(cluster.count == 1 ? "" : "s"); say here what it means.'
        match:
      \(match.map { "    \($0)" }.joined(separator: "\n"))
        examples:
          - { \(members.joined(separator: ", ")) }

      """
  }

  /// The longest runs of words between what is masked, in their order, until they are enough to tell the wording.
  private static func words(_ shape: TextShape) -> [String]? {
    var runs: [[String]] = [[]]
    for token in shape.tokens {
      if case .word(let word) = token, word.contains(where: \.isLetter), !word.contains("'"), runs.last!.count < 9 {
        runs[runs.count - 1].append(word)
      } else if runs.last?.isEmpty == false {
        runs.append([])
      }
    }
    runs.removeAll { $0.isEmpty }
    let ranked = runs.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
    var chosen: [Int] = []
    var count = 0
    for (place, run) in ranked where count < 3 && chosen.count < 3 {
      chosen.append(place)
      count += run.count
    }
    guard count > 0 else { return nil }
    return chosen.sorted().map { runs[$0].joined(separator: " ") }
  }

  /// A few of its words, as an id may hold them.
  private static func slug(_ text: String) -> String {
    let folded = text.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil)
    let words = folded.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
      .filter { $0.count > 2 }.prefix(4)
    return words.isEmpty ? "wording" : words.joined(separator: "-")
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { out, character in
      if "\\^$.|?*+()[]{}".contains(character) { out += "\\" }
      out.append(character)
    }
  }

  /// A YAML scalar in single quotes.
  private static func quoted(_ text: String) -> String {
    "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
  }
}

extension UnknownTexts {
  /// The clusters with their skeletons: the whole is a valid rule file.
  ///
  /// - Parameters:
  ///   - limit: how many clusters.
  ///   - ids: of the rules in force, so that no skeleton takes one.
  public func rules(limit: Int, ids: Set<String>) -> String {
    var text = "# \(verdicts) of \(total) verdicts were left to fallback rules, in \(clusters.count) wordings.\n"
    var taken = ids
    for (cluster, skeleton) in skeletons(limit, &taken) {
      text += "\n# \(cluster.count) × \(cluster.verdict) by \(UnknownTexts.names(cluster.rules)), as message "
      text += "\(cluster.message.prefix(12))\n"
      text += "# \(cluster.field): \(Terminal.safe(cluster.shape).prefix(200))\n"
      switch skeleton {
      case .rule(let rule): text += rule.yaml
      case .covered(let other): text += "# (the rule \(other) covers it)\n"
      case .wordless: text += "# (no words that a rule could look for)\n"
      }
    }
    if clusters.count > limit { text += "\n# … and \(clusters.count - limit) more wordings; see --limit\n" }
    return text
  }

  /// One JSON object a cluster.
  public func encoded(limit: Int, ids: Set<String>) throws -> String {
    var taken = ids
    return try skeletons(limit, &taken).map { cluster, skeleton in
      var yaml: String?
      if case .rule(let rule) = skeleton { yaml = rule.yaml }
      return try JSONLine.encode(
        Line(
          count: cluster.count, field: cluster.field, shape: cluster.shape, verdict: cluster.verdict,
          rules: cluster.rules, sample: cluster.sample, message: cluster.message, skeleton: yaml))
    }.joined()
  }

  private struct Line: Codable {
    var count: Int
    var field: String
    var shape: String
    var verdict: String
    var rules: [String: Int]
    var sample: String
    var message: String
    var skeleton: String?
  }

  private enum Skeleton {
    case rule(RuleSkeleton)
    /// An earlier skeleton's pattern matches this one's example.
    case covered(String)
    case wordless
  }

  private func skeletons(_ limit: Int, _ taken: inout Set<String>) -> [(Cluster, Skeleton)] {
    var list: [(Cluster, Skeleton)] = []
    var file = ""
    for cluster in clusters.prefix(limit) {
      guard let rule = RuleSkeleton(cluster, taken: &taken) else {
        list.append((cluster, .wordless))
        continue
      }
      if let winner = UnknownTexts.decider(of: rule, after: file), winner != rule.id {
        list.append((cluster, .covered(winner)))
      } else {
        file += rule.yaml
        list.append((cluster, .rule(rule)))
      }
    }
    return list
  }

  /// Which rule decides a skeleton's example when it stands behind others; nil when none does.
  private static func decider(of rule: RuleSkeleton, after file: String) -> String? {
    let rest = """
      - id: none-of-these
        category: user_reply
        reason: unclassified
        why: Ends the order.
        match: {}

      """
    guard
      let set = try? RuleSet(files: [RuleFile(name: "00-unknown.yaml", text: file + rule.yaml + rest)]),
      let example = set.rules.first(where: { $0.id == rule.id })?.examples.first, let judge = try? Judge(set)
    else { return nil }
    let arena = Arena()
    return judge.judge(example.record(arena: arena), arena: arena).verdicts.first.map { String($0.rule) }
  }

  private static func names(_ rules: [String: Int]) -> String {
    rules.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
  }
}
