/// Turns rules into patterns, and the conditions that each pattern serves.
struct RuleCompiler {
  private(set) var problems: [RuleProblem] = []
  private(set) var facts = FactTable()
  /// For each pattern, what it serves.
  private(set) var edges: [[MatchState.Edge]] = []
  /// For each alternative, the bits of all its conditions.
  private(set) var full: [UInt64] = []
  private(set) var alternatives: [RuleSet.Alternative] = []
  private(set) var names = RuleNames.Builder()

  /// What each piece of a chained pattern serves.
  private(set) var steps: [[ChainStep]] = []

  private struct Expression {
    let text: String
    let id: Identifier
    let file: String
    let line: Int
    let rule: String
  }
  private var expressions: [[Expression]] = PatternField.allCases.map { _ in [] }
  private var known: [String: UInt32] = [:]
  private var knownPieces: [String: Int] = [:]
  private var stepCount: Int32 = 0

  private enum Identifier {
    case pattern(UInt32)
    /// Numbered behind the patterns, when all of them are known.
    case piece(Int)
  }

  mutating func add(_ rule: Rule, index: Int) {
    let groups = rule.any.isEmpty ? [[]] : rule.any
    for group in groups {
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
          rule: Int32(index), field: names.add(told),
          readsDiagnostic: fields.contains { $0.0 == .pattern(.diagnostic) }))
      full.append((1 << UInt64(conditions.count)) - 1)
      for (bit, condition) in conditions.enumerated() {
        add(condition, of: rule, MatchState.Edge(alternative: alternative, bits: 1 << UInt64(bit)))
      }
      for condition in rule.unless {
        add(condition, of: rule, MatchState.Edge(alternative: alternative, bits: MatchState.veto))
      }
    }
  }

  private mutating func report(_ rule: Rule, _ line: Int, _ what: String, _ mend: String) {
    problems.append(RuleProblem(file: rule.file, line: line, rule: rule.id, what: what, mend: mend))
  }

  private mutating func add(_ condition: Rule.Condition, of rule: Rule, _ edge: MatchState.Edge) {
    guard let field = RuleField(condition.field) else { return }
    for pattern in condition.patterns {
      if case .fact(let fact) = field {
        let value = pattern.text.lowercased()
        let (number, isNew) = number(of: "\(fact.rawValue)=\(value)")
        if isNew { facts.insert(value, field: fact, pattern: Int32(number)) }
        edges[Int(number)].append(edge)
        continue
      }
      let text: String
      do {
        text = try PatternText.compile(pattern.text, for: field)
      } catch let refusal as PatternText.Refusal {
        reportOnce(rule, pattern, refusal.what, refusal.mend)
        continue
      } catch { continue }
      let place = place(of: field)
      let (number, isNew) = number(of: "\(place.rawValue)\u{0}\(text)")
      if isNew { add(text, number, to: place, rule, pattern) }
      edges[Int(number)].append(edge)
    }
  }

  /// Enters an expression: whole, or in pieces with steps where it has gaps.
  private mutating func add(
    _ text: String, _ number: UInt32, to place: PatternField, _ rule: Rule, _ pattern: Rule.Pattern
  ) {
    func enter(_ text: String, _ id: Identifier) {
      expressions[place.rawValue].append(
        Expression(text: text, id: id, file: rule.file, line: pattern.line, rule: rule.id))
    }
    if place == .head { return enter(text, .pattern(number)) }
    for chain in PatternChain.chains(of: text) {
      if chain.isPlain {
        enter(chain.pieces[0].expression, .pattern(number))
        continue
      }
      var previous = chain.fromStart ? ChainStep.start : ChainStep.first
      for (index, piece) in chain.pieces.enumerated() {
        if piece.width.lowerBound == 0 {
          reportOnce(
            rule, pattern, "the piece '\(piece.expression)' beside a gap may be empty", "let it hold a letter at least")
        }
        let key = "\(place.rawValue)\u{0}\(piece.expression)"
        let slot = knownPieces[key] ?? steps.count
        if slot == steps.count {
          knownPieces[key] = slot
          steps.append([])
          enter(piece.expression, .piece(slot))
        }
        let isLast = index == chain.pieces.count - 1
        steps[slot].append(
          ChainStep(
            number: stepCount, previous: previous,
            nearest: UInt32(piece.gap.lowerBound + piece.width.lowerBound),
            farthest: UInt32(piece.gap.upperBound + piece.width.upperBound),
            pattern: isLast ? number : ChainStep.unfinished))
        previous = stepCount
        stepCount += 1
      }
    }
  }

  /// A pattern serves each alternative of its rule, but is wrong only once.
  private mutating func reportOnce(_ rule: Rule, _ pattern: Rule.Pattern, _ what: String, _ mend: String) {
    let problem = RuleProblem(
      file: rule.file, line: pattern.line, rule: rule.id, what: "pattern '\(pattern.text)': \(what)", mend: mend)
    if problems.last != problem { problems.append(problem) }
  }

  private func place(of field: RuleField) -> PatternField {
    if case .pattern(let place) = field { return place }
    return .head
  }

  private mutating func number(of key: String) -> (UInt32, Bool) {
    if let number = known[key] { return (number, false) }
    let number = UInt32(edges.count)
    known[key] = number
    edges.append([])
    return (number, true)
  }

  private func identifier(_ id: Identifier) -> UInt32 {
    switch id {
    case .pattern(let number): number
    case .piece(let place): UInt32(edges.count + place)
    }
  }

  mutating func compileDatabases() -> [PatternDatabase?] {
    PatternField.allCases.map { field in
      let list = expressions[field.rawValue]
      if list.isEmpty { return nil }
      do {
        return try PatternDatabase(
          expressions: list.map(\.text), identifiers: list.map { identifier($0.id) },
          everywhere: list.map { if case .piece = $0.id { true } else { false } }, dotAll: field != .head)
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
