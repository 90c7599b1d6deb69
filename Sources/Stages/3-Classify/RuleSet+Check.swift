import ByteSlices

extension RuleSet {
  /// Judges every example and counterexample by the whole set, and tells which come out wrong.
  ///
  /// For an example its rule must hold, and the verdict must be the rule's, though an earlier rule of the same category
  /// and reason may give it. A counterexample must be decided by another rule (with what its `is` says, if it has one).
  public func check() throws -> [RuleProblem] {
    let judge = try Judge(self)
    let arena = Arena()
    var problems: [RuleProblem] = []
    for rule in rules {
      func problem(_ example: Example, _ what: String, _ mend: String) {
        problems.append(RuleProblem(file: rule.file, line: example.line, rule: rule.id, what: what, mend: mend))
      }
      if rule.examples.isEmpty {
        problems.append(
          RuleProblem(
            file: rule.file, line: rule.line, rule: rule.id, what: "no examples", mend: "give it at least one"))
      }
      for (example, wanted) in rule.examples.map({ ($0, true) }) + rule.counterexamples.map({ ($0, false) }) {
        arena.reset()
        let verdicts = judge.judge(example.record(arena: arena), arena: arena).verdicts
        guard let verdict = verdicts.first else { continue }
        let winner = String(verdict.rule)
        let verdictName = "\(verdict.category.rawValue)/\(verdict.reason)"
        if wanted, verdictName != "\(rule.category.rawValue)/\(rule.reason)", example.expected == nil {
          problem(
            example, "the example is decided by \(winner) (\(verdictName), by its \(verdict.field))",
            "widen this rule's patterns, or put it before \(winner)")
        } else if wanted, winner != rule.id, !holds(rule, example, judge, arena) {
          problem(example, "the rule does not hold for its example, which \(winner) decides", "widen its patterns")
        } else if !wanted, winner == rule.id {
          problem(
            example, "the counterexample is decided by this rule (by its \(verdict.field))", "narrow its patterns")
        } else if let expected = example.expected, expected != verdictName, expected != verdict.category.rawValue {
          problem(example, "should be \(expected), is \(verdictName) by \(winner)", "mend whichever rule is wrong")
        }
      }
    }
    return problems
  }

  private func holds(_ rule: Rule, _ example: Example, _ judge: Judge, _ arena: Arena) -> Bool {
    judge.held(example.record(arena: arena)).contains { list in list.rules.contains { rules[$0.rule].id == rule.id } }
  }
}
