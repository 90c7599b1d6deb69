import ByteSlices

extension RuleSet {
  /// Judges every example and counterexample by the whole set, and tells which come out wrong: an example must be
  /// decided by its rule, a counterexample by another (by what its `is` says, if it has one).
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
        if wanted, winner != rule.id {
          problem(
            example, "the example is decided by \(winner) (\(verdictName), by its \(verdict.field))",
            "widen this rule's patterns, or put it before \(winner)")
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
}
