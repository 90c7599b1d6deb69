import Patterns
import Records

/// Turns rules into patterns, and the conditions that each pattern serves.
struct RuleCompiler {
  /// The files, by path, whose patterns were tried before.
  let known: Set<String>
  private(set) var problems: [RuleProblem] = []
  private(set) var facts = FactTable()
  /// For each pattern, what it serves.
  private(set) var edges: [[MatchState.Edge]] = []
  /// For each pattern, what a rule that asks for it wants.
  private(set) var wants: [Wants] = []
  /// For each alternative, the bits of all its conditions.
  private(set) var full: [UInt64] = []
  private(set) var alternatives: [RuleSet.Alternative] = []
  private(set) var names = RuleNames.Builder()
  /// The headers that rules ask for.
  private(set) var headers: Set<String> = []

  private struct Expression {
    let text: String
    let number: UInt32
    let file: String
    let line: Int
    let rule: String
  }
  private var expressions: [[Expression]] = PatternField.allCases.map { _ in [] }
  /// Patterns as `PatternText` makes them, by field and what the rule writes: alternatives of a rule share theirs.
  private var compiled: [String: [String: String]] = [:]
  /// The number of each pattern, by its field and form.
  private(set) var patternNumbers: [String: UInt32] = [:]

  init(known: Set<String>) { self.known = known }

  mutating func add(_ rule: Rule, index: Int) {
    let groups = rule.any.isEmpty ? [[]] : rule.any
    for (place, group) in groups.enumerated() {
      let conditions = rule.match + group
      guard conditions.count < 60 else {
        report(rule, rule.line, "more than 59 conditions", "split the rule")
        return
      }
      let alternative = Int32(full.count)
      let fields = conditions.compactMap { condition in RuleField(condition.field).map { ($0, condition.field) } }
      let told = fields.min { $0.0.telling < $1.0.telling }?.1 ?? "nothing"
      alternatives.append(
        RuleSet.Alternative(
          rule: Int32(index), category: rule.category, field: names.add(told),
          readsDiagnostic: fields.contains { $0.0 == .pattern(.diagnostic) }, group: rule.any.isEmpty ? nil : place))
      full.append((1 << UInt64(conditions.count)) - 1)
      let texts = textPlaces(conditions)
      for (bit, condition) in conditions.enumerated() {
        add(condition, of: rule, texts, MatchState.Edge(alternative: alternative, bits: 1 << UInt64(bit)))
      }
      for condition in rule.unless {
        add(condition, of: rule, texts, MatchState.Edge(alternative: alternative, bits: MatchState.veto))
      }
    }
  }

  private mutating func report(_ rule: Rule, _ line: Int, _ what: String, _ mend: String) {
    problems.append(RuleProblem(file: rule.path, line: line, rule: rule.id, what: what, mend: mend))
  }

  /// Whose text conditions like these may ever look at: what they say of the message's kind decides.
  private func textPlaces(_ conditions: [Rule.Condition]) -> [PatternField] {
    let kinds = conditions.filter { $0.field == FactField.kind.rawValue }.map { Set($0.patterns.map(\.text)) }
    func allows(_ names: [String]) -> Bool { kinds.allSatisfy { $0.contains("*") || !$0.isDisjoint(with: names) } }
    return (allows(["plain", "feedback"]) ? [.text] : []) + (allows(["dsn", "bounce", "mdn"]) ? [.reportText] : [])
  }

  private mutating func add(
    _ condition: Rule.Condition, of rule: Rule, _ texts: [PatternField], _ edge: MatchState.Edge
  ) {
    guard let field = RuleField(condition.field) else { return }
    for pattern in condition.patterns {
      if case .fact(let fact) = field {
        let value = pattern.text.lowercased()
        let (number, isNew) = number(of: PatternKey.fact(fact, value), fact.wants)
        if isNew { facts.insert(value, field: fact, pattern: Int32(number)) }
        edges[Int(number)].append(edge)
        continue
      }
      let text: String
      do {
        if let done = compiled[condition.field]?[pattern.text] {
          text = done
        } else {
          text = try PatternText.compile(pattern.text, for: field)
          compiled[condition.field, default: [:]][pattern.text] = text
        }
      } catch let refusal as PatternText.Refusal {
        reportOnce(rule, pattern, refusal.what, refusal.mend)
        continue
      } catch { continue }
      if case .head(let name) = field { headers.insert(name) }
      for place in field == .pattern(.text) ? texts : [place(of: field)] {
        let (number, isNew) = number(of: PatternKey.text(place, text), place.wants)
        if isNew {
          expressions[place.rawValue].append(
            Expression(text: text, number: number, file: rule.path, line: pattern.line, rule: rule.id))
        }
        edges[Int(number)].append(edge)
      }
    }
  }

  /// A pattern serves each alternative of its rule, but is wrong only once.
  private mutating func reportOnce(_ rule: Rule, _ pattern: Rule.Pattern, _ what: String, _ mend: String) {
    let problem = RuleProblem(
      file: rule.path, line: pattern.line, rule: rule.id, what: "pattern '\(pattern.text)': \(what)", mend: mend)
    if problems.last != problem { problems.append(problem) }
  }

  private func place(of field: RuleField) -> PatternField {
    if case .pattern(let place) = field { return place }
    return .head
  }

  private mutating func number(of key: String, _ wants: Wants) -> (UInt32, Bool) {
    if let number = patternNumbers[key] { return (number, false) }
    let number = UInt32(edges.count)
    patternNumbers[key] = number
    edges.append([])
    self.wants.append(wants)
    return (number, true)
  }

  /// For each field, the numbers of its patterns, in the order of its database.
  var numbers: [[UInt32]] { expressions.map { $0.map(\.number) } }

  mutating func compileDatabases() -> [PatternDatabase?] {
    PatternField.allCases.map { field in
      let list = expressions[field.rawValue]
      if list.isEmpty { return nil }
      do {
        return try PatternDatabase(
          expressions: list.map(\.text), dotAll: field != .head, isKnown: { known.contains(list[$0].file) })
      } catch let refusal as PatternDatabase.Refusal {
        for (index, message) in refusal.failures {
          guard list.indices.contains(index) else {
            problems.append(
              RuleProblem(
                file: "rules", line: 0, rule: nil, what: "the \(field) patterns do not compile together: \(message)",
                mend: "shorten bounded repeats such as '.{0,400}'"))
            continue
          }
          let bad = list[index]
          problems.append(
            RuleProblem(
              file: bad.file, line: bad.line, rule: bad.rule, what: "pattern '\(bad.text)': \(message)",
              mend: "no looking ahead, behind or back; what must not be there goes under 'unless'"))
        }
      } catch {
        problems.append(
          RuleProblem(file: "rules", line: 0, rule: nil, what: "\(error)", mend: "report this as a bug"))
      }
      return nil
    }
  }
}

/// Under what name a pattern is known, so that rules which ask for the same share it.
enum PatternKey {
  /// - Parameter value: in lower case.
  static func fact(_ field: FactField, _ value: String) -> String { "\(field.rawValue)=\(value)" }
  /// - Parameter expression: as `PatternText` makes it.
  static func text(_ field: PatternField, _ expression: String) -> String { "\(field.rawValue)\u{0}\(expression)" }
}
