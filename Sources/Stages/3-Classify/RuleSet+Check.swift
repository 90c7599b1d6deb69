import ByteSlices

extension RuleSet {
  /// Judges every example and counterexample by the whole set, looks for rules that can never decide, and tells what
  /// comes out wrong; in the order of the rules.
  ///
  /// For an example its rule must hold, and the verdict must be the rule's, though an earlier rule of the same category
  /// and reason may give it; but one example at least must be the rule's own. A counterexample must be decided by
  /// another rule (with what its `is` says, if it has one). Where a site's rule takes an example of the product's, that
  /// is a warning, as it may be meant so.
  public func check() throws -> [RuleProblem] {
    let reach = unreachable()
    var trial = try ExampleTrial(self)
    var problems: [RuleProblem] = []
    for (index, rule) in rules.enumerated() {
      if rule.examples.isEmpty {
        problems.append(rule.problem(rule.line, "no examples", "give it at least one"))
      }
      if let found = reach[index] {
        problems.append(rule.problem(found.line, found.what, found.mend))
      }
      problems += trial.problems(of: rule, isReachable: reach[index] == nil)
    }
    return problems + trial.takeovers()
  }
}

extension Rule {
  func problem(_ line: Int, _ what: String, _ mend: String) -> RuleProblem {
    RuleProblem(file: path, line: line, rule: id, what: what, mend: mend)
  }
}

/// Runs the examples of rules.
private struct ExampleTrial {
  private let rules: RuleSet
  private let judge: Judge
  private let arena = Arena()
  private let byID: [String: Rule]
  /// How many examples of which of the product's rules each site rule takes.
  private var taken: [String: [String: Int]] = [:]

  init(_ rules: RuleSet) throws {
    self.rules = rules
    judge = try Judge(rules)
    byID = Dictionary(rules.rules.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func problems(of rule: Rule, isReachable: Bool) -> [RuleProblem] {
    var problems: [RuleProblem] = []
    func problem(_ example: Example, _ what: String, _ mend: String) {
      problems.append(rule.problem(example.line, what, mend))
    }
    var takers: [String] = []
    for example in rule.examples {
      guard let (winner, verdict, field) = decide(example) else { continue }
      takers.append(winner)
      if winner != rule.id, rule.layer != .site, byID[winner]?.layer == .site {
        taken[winner, default: [:]][rule.id, default: 0] += 1
      } else if verdict != rule.verdict, example.expected == nil {
        problem(
          example, "the example is decided by \(winner) (\(verdict), by its \(field))",
          "widen this rule's patterns, or put it before \(winner)")
      } else if winner != rule.id, !holds(rule, example) {
        problem(example, "the rule does not hold for its example, which \(winner) decides", "widen its patterns")
      } else {
        checkExpectation(example, winner, verdict, problem)
      }
    }
    for example in rule.counterexamples {
      guard let (winner, verdict, field) = decide(example) else { continue }
      if winner == rule.id {
        problem(example, "the counterexample is decided by this rule (by its \(field))", "narrow its patterns")
      } else if rule.layer == .site || byID[winner]?.layer != .site {
        checkExpectation(example, winner, verdict, problem)
      }
    }
    // A rule that asks for nothing ends the order, even if the rules before it leave it nothing.
    let asks = !rule.match.isEmpty || !rule.any.isEmpty
    if asks, isReachable, problems.isEmpty, let taker = takers.first, takers.allSatisfy({ $0 != rule.id }),
      takers.contains(where: { rule.layer == .site || byID[$0]?.layer != .site })
    {
      problems.append(
        rule.problem(
          rule.line, "shadowed: earlier rules decide all of its examples (the first: \(taker))",
          "give it an example of its own, put it before \(taker), or take it out"))
    }
    return problems
  }

  /// What the site's rules take from the product's.
  func takeovers() -> [RuleProblem] {
    rules.rules.compactMap { rule in
      guard let list = taken[rule.id] else { return nil }
      let names = list.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value))" }
      let more = names.count > 6 ? " and \(names.count - 6) more" : ""
      var problem = rule.problem(
        rule.line, "decides examples of the product's rules: \(names.prefix(6).joined(separator: ", "))\(more)",
        "narrow its patterns, unless that is meant")
      problem.severity = .warning
      return problem
    }
  }

  private func decide(_ example: Example) -> (rule: String, verdict: String, field: String)? {
    arena.reset()
    guard let verdict = judge.judge(example.record(arena: arena), arena: arena).verdicts.first else { return nil }
    return (String(verdict.rule), "\(verdict.category.rawValue)/\(verdict.reason)", String(verdict.field))
  }

  private func checkExpectation(
    _ example: Example, _ winner: String, _ verdict: String, _ problem: (Example, String, String) -> Void
  ) {
    guard let expected = example.expected, expected != verdict, !verdict.hasPrefix(expected + "/") else { return }
    problem(example, "should be \(expected), is \(verdict) by \(winner)", "mend whichever rule is wrong")
  }

  private func holds(_ rule: Rule, _ example: Example) -> Bool {
    judge.held(example.record(arena: arena)).contains { list in
      list.rules.contains { rules.rules[$0.rule].id == rule.id }
    }
  }
}

extension Rule {
  /// `category/reason`.
  public var verdict: String { "\(category.rawValue)/\(reason)" }
}
