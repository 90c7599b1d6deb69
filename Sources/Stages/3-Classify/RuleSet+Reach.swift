/// Rules that can never decide: what they ask for contradicts itself, or an earlier rule asks for no more.
///
/// Conditions are compared as they are written, so what is found is certain, and what is not written alike is not found.
extension RuleSet {
  /// Why a rule never decides.
  struct Unreachable {
    let line: Int
    let what: String
    let mend: String
  }

  /// By the rule's place in `rules`.
  func unreachable() -> [Int: Unreachable] {
    var found: [Int: Unreachable] = [:]
    var earlier: [(rule: Rule, demand: Demand)] = []
    for (index, rule) in rules.enumerated() {
      let demands = rule.demands
      let possible = demands.filter { $0.contradiction == nil }
      if let none = demands.first?.contradiction, possible.isEmpty {
        found[index] = Unreachable(
          line: none.line, what: "unreachable: it can never hold (\(none.what))", mend: "take one of the two out")
      } else {
        let covers = possible.map { demand in earlier.first { $0.demand.covers(demand) }?.rule }
        if let first = covers.first.flatMap({ $0 }), covers.allSatisfy({ $0 != nil }) {
          found[index] = Unreachable(
            line: rule.line,
            what: "unreachable: whatever it asks for, \(first.id) (\(first.path):\(first.line)) has decided before",
            mend: "put it before \(first.id), narrow that, or take this out")
        }
      }
      earlier += possible.map { (rule, $0) }
    }
    return found
  }
}

/// One way in which a rule may hold: all that must be, and all that must not be.
private struct Demand {
  let conditions: [Rule.Condition]
  let unless: [Rule.Condition]

  /// Two of its conditions that exclude each other.
  var contradiction: (line: Int, what: String)? {
    for (place, condition) in conditions.enumerated() {
      let line = condition.patterns.first?.line ?? 0
      if condition.patterns.allSatisfy({ pattern in unless.contains { $0.covers(pattern, of: condition.field) } }) {
        return (line, "what '\(condition.field)' must hold stands under 'unless', too")
      }
      for other in conditions.dropFirst(place + 1) where other.excludes(condition) {
        return (other.patterns.first?.line ?? line, "no '\(other.field)' is what both of its conditions want")
      }
    }
    return nil
  }

  /// Whether this holds wherever the other does.
  func covers(_ other: Demand) -> Bool {
    conditions.allSatisfy { condition in other.conditions.contains { condition.follows(from: $0) } }
      && unless.allSatisfy { veto in
        veto.patterns.allSatisfy { pattern in
          other.unless.contains { $0.covers(pattern, of: veto.field) }
            || other.conditions.contains { $0.excludes(Rule.Condition(field: veto.field, patterns: [pattern])) }
        }
      }
  }
}

extension Rule {
  fileprivate var demands: [Demand] {
    (any.isEmpty ? [[]] : any).map { Demand(conditions: match + $0, unless: unless) }
  }
}

extension Rule.Condition {
  /// Whether this holds wherever the other does.
  fileprivate func follows(from other: Rule.Condition) -> Bool {
    !other.patterns.isEmpty && other.patterns.allSatisfy { covers($0, of: other.field) }
  }

  /// Whether this holds wherever the pattern does.
  fileprivate func covers(_ pattern: Rule.Pattern, of field: String) -> Bool {
    guard field == self.field else { return false }
    let isFact = FactField(rawValue: field) != nil
    return patterns.contains { isFact ? $0.covers(value: pattern.text.lowercased()) : $0.text == pattern.text }
  }

  /// Whether both can't hold: two values of a field that has but one.
  fileprivate func excludes(_ other: Rule.Condition) -> Bool {
    guard field == other.field, let fact = FactField(rawValue: field), fact.isSingle else { return false }
    return patterns.allSatisfy { own in
      other.patterns.allSatisfy { !own.overlaps(value: $0.text.lowercased()) }
    }
  }
}

extension Rule.Pattern {
  /// Whether this value, or beginning or end of one, takes in another.
  fileprivate func covers(value: String) -> Bool {
    let own = text.lowercased()
    if own == value { return true }
    if own == "*" { return value != "none" }
    if own.hasPrefix("*") { return value != "*" && value.hasSuffix(own.dropFirst()) }
    if own.hasSuffix("*") { return value.hasPrefix(own.dropLast()) }
    return false
  }

  /// Whether one value may be both.
  fileprivate func overlaps(value: String) -> Bool {
    let own = text.lowercased()
    if covers(value: value) || Rule.Pattern(text: value, line: line).covers(value: own) { return true }
    // A beginning and an end: any value may have both.
    return own != "none" && value != "none" && own.hasPrefix("*") != value.hasPrefix("*")
      && (own.hasPrefix("*") || own.hasSuffix("*")) && (value.hasPrefix("*") || value.hasSuffix("*"))
  }
}
