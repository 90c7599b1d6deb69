import Records
import Yams

/// Reads the rules of YAML files, and gathers everything that is wrong with them.
struct RuleReader {
  private(set) var rules: [Rule] = []
  private(set) var problems: [RuleProblem] = []
  private var file = RuleFile(name: "", text: "")
  private var known: [String: (path: String, line: Int, isSite: Bool)] = [:]
  private var words = WordClasses()

  private static let members: Set<String> = [
    "id", "category", "reason", "why", "match", "unless", "examples", "counterexamples",
  ]

  mutating func read(_ source: RuleFile) {
    file = source
    words = WordClasses()
    if let line = source.badLine {
      return report(line, nil, "bytes that are not UTF-8", "save the file as UTF-8")
    }
    var documents: [Node] = []
    do {
      // Without a guess whether a word is a number or a date: rules take all as text, and guessing took half the time.
      var all = try Yams.compose_all(yaml: source.text, .basic)
      while let document = all.next() { documents.append(document) }
      if let error = all.error { throw error }
    } catch let error as YamlError {
      return report(error)
    } catch {
      return report(0, nil, "not readable as YAML (\(error))", "check it with any YAML tool")
    }
    for root in documents {
      // A file may hold nothing but comments.
      guard root.scalar.map({ !$0.string.isEmpty && $0.string != "null" }) ?? true else { continue }
      guard let sequence = root.sequence else {
        report(line(root), nil, "not a list of rules", "begin each rule with '- id: …'")
        continue
      }
      for node in sequence {
        if let classes = node.mapping?["words"], node.mapping?.count == 1 {
          readWords(classes)
        } else {
          readRule(node)
        }
      }
    }
  }

  private mutating func report(_ error: YamlError) {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      report(mark.line, nil, "not YAML: \(problem)", "check the indentation and the quotes near column \(mark.column)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let names = duplicates.sorted().joined(separator: ", ")
      let first = duplicates.sorted().first.map { "\($0)" } ?? ""
      report(
        lineOfSecond(first, from: context.mark.line), nil, "\(names) stands twice in one place",
        "keep one, or join their lists")
    default: report(0, nil, "not YAML: \(error)", "check it with any YAML tool")
    }
  }

  /// The line on which a key stands for the second time; the parser tells only where its mapping begins.
  private func lineOfSecond(_ key: String, from start: Int) -> Int {
    let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
    guard !key.isEmpty, (1...lines.count).contains(start) else { return start }
    var seen = 0
    for (index, line) in lines.enumerated().dropFirst(start - 1) {
      for piece in line.split(whereSeparator: { " {,".contains($0) }) where piece == "\(key):" { seen += 1 }
      if seen >= 2 { return index + 1 }
    }
    return start
  }

  private mutating func report(_ line: Int, _ rule: String?, _ what: String, _ mend: String) {
    problems.append(RuleProblem(file: file.path, line: line, rule: rule, what: what, mend: mend))
  }

  private var isSite: Bool { RuleLayer(file: file.name) == .site }

  private func line(_ node: Node) -> Int { node.mark?.line ?? 0 }

  /// `- words: { name: pattern or list of patterns }`, for the patterns below it.
  private mutating func readWords(_ node: Node) {
    guard let mapping = node.mapping else {
      return report(line(node), nil, "'words' that are not a mapping", "write 'name: [word, …]' below")
    }
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      guard WordClasses.isName(name) else {
        report(line(key), nil, "a class of words without a usable name", "use lower-case letters, digits and '-'")
        continue
      }
      guard words[name] == nil else {
        report(line(key), nil, "the class of words '\(name)' stands twice", "join the two, or choose another name")
        continue
      }
      let texts = readStrings(value, nil).map { expand($0.0, at: $0.1, nil) }
      if texts.isEmpty {
        report(line(key), nil, "the class of words '\(name)' is empty", "write its words, or take it out")
      }
      words[name] = texts.joined(separator: "|")
    }
  }

  /// A pattern with the words in the place of the classes that it names.
  private mutating func expand(_ pattern: String, at line: Int, _ id: String?) -> String {
    let (text, unknown) = words.expand(pattern)
    if let unknown {
      let mend = words.names.isEmpty ? "define it above, under '- words:'" : "use \(nearest(unknown, words.names))"
      report(line, id, "unknown class of words '{\(unknown)}'", mend)
    }
    return text
  }

  private mutating func readRule(_ node: Node) {
    guard let mapping = node.mapping else {
      return report(line(node), nil, "a rule that is not a mapping", "write '- id: …' and its other members below")
    }
    let id = mapping["id"]?.scalar?.string
    let at = mapping["id"].map { line($0) } ?? line(node)
    let before = problems.count
    guard let id, !id.isEmpty, id.utf8.allSatisfy({ $0.isRuleNameByte }) else {
      return report(at, nil, "a rule without a usable id", "give it 'id:' with lower-case letters, digits and '-'")
    }
    if let other = known[id] {
      let mend = "choose another; verdicts name rules by their id"
      if other.isSite, !isSite {
        // Site files are read first, but the product's rule was there before.
        problems.append(
          RuleProblem(
            file: other.path, line: other.line, rule: id,
            what: "the id is taken by a rule of the product (\(file.path):\(at))", mend: mend))
      } else {
        report(at, id, "the id is taken by \(other.path):\(other.line)", mend)
      }
    } else {
      known[id] = (file.path, at, isSite)
    }
    for (key, _) in mapping where !Self.members.contains(key.scalar?.string ?? "") {
      let name = key.scalar?.string ?? "?"
      report(line(key), id, "unknown member '\(name)'", "use \(nearest(name, Self.members.sorted()))")
    }
    let categoryName = mapping["category"]?.scalar?.string ?? ""
    let category = Category(rawValue: categoryName)
    if category == nil {
      report(
        mapping["category"].map { line($0) } ?? at, id, "unknown category '\(categoryName)'",
        "use \(nearest(categoryName, Category.allCases.map(\.rawValue)))")
    }
    let reason = mapping["reason"]?.scalar?.string ?? ""
    let reasonLine = mapping["reason"].map { line($0) } ?? at
    if reason.isEmpty || !reason.utf8.allSatisfy({ $0.isRuleNameByte }) {
      report(reasonLine, id, "no usable reason", "give it 'reason:' with lower-case letters, digits and '_'")
    } else if let category, !category.reasons.contains(reason), !isSite {
      report(
        reasonLine, id, "unknown reason '\(reason)' of \(categoryName)",
        "use \(nearest(reason, category.reasons)); only a site's own rules (\"rules\" in pipeline.json) may name new ones"
      )
    }
    let why = mapping["why"]?.scalar?.string ?? ""
    if why.isEmpty { report(at, id, "no 'why'", "say in a line why the rule exists; readers of verdicts see it") }
    var any: [[Rule.Condition]] = []
    var match: [Rule.Condition] = []
    if let node = mapping["match"] {
      match = readConditions(node, id, any: &any)
    } else {
      report(at, id, "no 'match'", "say what the rule wants to see; 'match: {}' holds always")
    }
    var none: [[Rule.Condition]]? = nil
    let unless = mapping["unless"].map { readConditions($0, id, any: &none) } ?? []
    let examples = readExamples(mapping["examples"], id)
    let counterexamples = readExamples(mapping["counterexamples"], id)
    guard problems.count == before, let category else { return }
    rules.append(
      Rule(
        id: id, category: category, reason: reason, why: why, match: match, any: any, unless: unless,
        examples: examples,
        counterexamples: counterexamples, file: file.name, path: file.path, line: at))
  }

  private mutating func readConditions(_ node: Node, _ id: String, any: inout [[Rule.Condition]]) -> [Rule.Condition] {
    var groups: [[Rule.Condition]]? = []
    let conditions = readConditions(node, id, any: &groups)
    any = groups ?? []
    return conditions
  }

  /// - Parameter any: nil where groups are not allowed.
  private mutating func readConditions(
    _ node: Node, _ id: String, any: inout [[Rule.Condition]]?
  ) -> [Rule.Condition] {
    guard let mapping = node.mapping else {
      report(line(node), id, "conditions that are not a mapping", "write 'field: [pattern, …]' below")
      return []
    }
    var conditions: [Rule.Condition] = []
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      if name == "any", any != nil {
        guard let sequence = value.sequence, !sequence.isEmpty else {
          report(line(value), id, "'any' without groups", "write a list of groups of fields below, each '- field: …'")
          continue
        }
        for group in sequence {
          var none: [[Rule.Condition]]? = nil
          any?.append(readConditions(group, id, any: &none))
        }
        continue
      }
      guard let field = RuleField(name) else {
        report(line(key), id, "unknown field '\(name)'", "use \(nearest(name, RuleField.names))")
        continue
      }
      var patterns = readStrings(value, id).map { Rule.Pattern(text: $0.0, line: $0.1) }
      if patterns.isEmpty {
        report(line(key), id, "'\(name)' without patterns", "write what it may hold, or take it out")
      }
      if case .fact(let fact) = field {
        for pattern in patterns { check(pattern, fact, id) }
      } else {
        patterns = patterns.map { Rule.Pattern(text: expand($0.text, at: $0.line, id), line: $0.line) }
      }
      conditions.append(Rule.Condition(field: name, patterns: patterns))
    }
    return conditions
  }

  private mutating func check(_ pattern: Rule.Pattern, _ fact: FactField, _ id: String) {
    if pattern.text.isEmpty {
      report(pattern.line, id, "'\(fact.rawValue)' without a value", "write one, or 'none' where there must be none")
    } else if pattern.text.dropFirst().dropLast().contains("*")
      || pattern.text.hasPrefix("*") && pattern.text.hasSuffix("*") && pattern.text.count > 1
    {
      report(
        pattern.line, id, "'\(pattern.text)' has '*' where none is understood",
        "write a value, its beginning ('5.1.*') or its end ('*.example.com')")
    } else if let values = fact.values, !values.contains(pattern.text), pattern.text != "*" {
      report(pattern.line, id, "'\(fact.rawValue)' is never '\(pattern.text)'", "use \(nearest(pattern.text, values))")
    } else if let form = fact.form, !form.allows(pattern.text) {
      report(pattern.line, id, "'\(fact.rawValue)' is never '\(pattern.text)'", "write \(form.words)")
    }
  }

  private mutating func readStrings(_ node: Node, _ id: String?) -> [(String, Int)] {
    if let scalar = node.scalar { return [(scalar.string, line(node))] }
    guard let sequence = node.sequence else {
      report(line(node), id, "neither a text nor a list of texts", "write ['…', '…']")
      return []
    }
    var strings: [(String, Int)] = []
    for element in sequence {
      if element.sequence != nil {
        // A list shared by an alias (`*name`) inside a list.
        strings += readStrings(element, id)
      } else if let scalar = element.scalar {
        strings.append((scalar.string, line(element)))
      } else {
        report(line(element), id, "a list member that is no text", "put quotes around it")
      }
    }
    return strings
  }

  private mutating func readExamples(_ node: Node?, _ id: String) -> [Example] {
    guard let node else { return [] }
    guard let sequence = node.sequence else {
      report(line(node), id, "examples that are not a list", "write '- { diagnostic: … }' below")
      return []
    }
    var examples: [Example] = []
    for element in sequence {
      guard let mapping = element.mapping else {
        report(line(element), id, "an example that is not a mapping", "write '{ diagnostic: … }'")
        continue
      }
      var members: [(name: String, values: [String])] = []
      for (key, value) in mapping {
        let name = key.scalar?.string ?? ""
        if !Example.names.contains(name), !name.hasPrefix("header.") {
          report(line(key), id, "unknown evidence '\(name)'", "use \(nearest(name, Example.names.sorted()))")
        }
        let values = readStrings(value, id)
        members.append((name, values.map(\.0)))
        for (text, line) in values { check(example: name, text, line, id) }
      }
      examples.append(Example(members: members, line: line(element)))
    }
    return examples
  }

  /// What an example says must be what a message can have, else it would be run as something else.
  private mutating func check(example name: String, _ value: String, _ line: Int, _ id: String) {
    if name == "is" {
      let parts = value.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      if let category = Category(rawValue: parts[0]) {
        if parts.count == 2, !isSite, !category.reasons.contains(parts[1]) {
          report(
            line, id, "unknown reason '\(parts[1])' of \(parts[0])", "use \(nearest(parts[1], category.reasons))")
        }
      } else {
        report(
          line, id, "'is' names no category: '\(value)'", "use \(nearest(parts[0], Category.allCases.map(\.rawValue)))")
      }
    } else if let fact = FactField(rawValue: name), fact != .mentioned, let values = fact.values,
      !values.contains(value)
    {
      // `mentioned` of an example are the addresses themselves.
      report(line, id, "'\(name)' of an example is never '\(value)'", "use \(nearest(value, values))")
    } else if name == "found_in", AddressProvenance(rawValue: value) == nil {
      report(
        line, id, "'found_in' of an example is never '\(value)'",
        "use \(nearest(value, AddressProvenance.allCases.map(\.rawValue)))")
    }
  }

  /// "'kind'" when one is close, else all of them.
  private func nearest(_ name: String, _ names: [String]) -> String {
    let ranked = names.map { ($0, distance(name, $0)) }.min { $0.1 < $1.1 }
    if let ranked, ranked.1 <= 2, !name.isEmpty { return "'\(ranked.0)'" }
    return "one of " + names.joined(separator: ", ")
  }

  private func distance(_ a: String, _ b: String) -> Int {
    let b = Array(b)
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var corner = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let above = row[j + 1]
        row[j + 1] = min(above + 1, row[j] + 1, corner + (x == y ? 0 : 1))
        corner = above
      }
    }
    return row[b.count]
  }
}

extension UInt8 {
  fileprivate var isRuleNameByte: Bool {
    self &- 0x61 < 26 || self &- 0x30 < 10 || self == 0x2D || self == 0x5F
  }
}
