import ByteSlices
import Patterns
import Records

/// Finds out for one recipient which rules' conditions are met, and by what.
struct HearingRoom {
  /// Where a pattern was seen.
  enum Place {
    case nowhere
    /// In its own field.
    case own
    /// In the report's text, which stood in for the server's words.
    case reportText
  }

  private let rules: RuleSet
  private let record: ParseRecord
  private let recipient: RecipientEvidence?
  /// The headers as lines.
  private let head: ByteSlice
  private let look: (UInt32) -> Place
  private(set) var exhibits: [Exhibit] = []
  private var folded: [String: FoldedText] = [:]

  init(
    _ rules: RuleSet, _ record: ParseRecord, _ recipient: RecipientEvidence?, head: ByteSlice,
    look: @escaping (UInt32) -> Place
  ) {
    self.rules = rules
    self.record = record
    self.recipient = recipient
    self.head = head
    self.look = look
  }

  /// - Parameter alternatives: those that may hold, in order.
  mutating func trials(of alternatives: [Int32]) -> [Trial] {
    var trials: [Trial] = []
    for number in alternatives {
      let alternative = rules.alternatives[Int(number)]
      let rule = Int(alternative.rule)
      if let last = trials.last, last.rule == rule, last.holds { continue }
      guard let trial = trial(rule, alternative.group) else { continue }
      if trials.last?.rule == rule {
        // A way in which the rule holds tells more than one in which it is held back.
        if trial.holds { trials[trials.count - 1] = trial }
      } else {
        trials.append(trial)
      }
    }
    return trials
  }

  /// Nil when a condition is not met.
  private mutating func trial(_ index: Int, _ group: Int?) -> Trial? {
    let rule = rules.rules[index]
    var met: [Sight] = []
    for condition in rule.match + (group.map { rule.any[$0] } ?? []) {
      let seen = sights(of: condition)
      if seen.isEmpty { return nil }
      met += seen
    }
    var vetoes: [Sight] = []
    for condition in rule.unless { vetoes += sights(of: condition) }
    return Trial(rule: index, group: group, sights: met, vetoes: vetoes)
  }

  private mutating func sights(of condition: Rule.Condition) -> [Sight] {
    guard let field = RuleField(condition.field) else { return [] }
    var seen: [Sight] = []
    for pattern in condition.patterns {
      if let sight = sight(of: pattern, field, condition.field) { seen.append(sight) }
    }
    return seen
  }

  private mutating func sight(of pattern: Rule.Pattern, _ field: RuleField, _ name: String) -> Sight? {
    if case .fact(let fact) = field {
      let key = PatternKey.fact(fact, pattern.text.lowercased())
      guard let number = rules.patternNumbers[key], look(number) == .own else { return nil }
      let value = fact.value(in: record, recipient)
      return Sight(field: name, pattern: pattern, exhibit: exhibit(name, value), range: nil)
    }
    guard let expression = try? PatternText.compile(pattern.text, for: field) else { return nil }
    let places: [PatternField] =
      switch field {
      case .pattern(.text): [.text, .reportText]
      case .pattern(let place): [place]
      default: [.head]
      }
    for place in places {
      guard let number = rules.patternNumbers[PatternKey.text(place, expression)] else { continue }
      switch look(number) {
      case .nowhere: continue
      case .reportText: return mark(pattern, field, name, in: "text", String(record.text), masked: true)
      case .own: break
      }
      switch place {
      case .diagnostic:
        return mark(
          pattern, field, name, in: name, recipient.map { String($0.diagnostic) } ?? "", masked: true)
      case .text, .reportText: return mark(pattern, field, name, in: name, String(record.text), masked: false)
      case .subject: return markSubject(pattern, field, name)
      case .head: return markHead(pattern, field, name)
      }
    }
    return nil
  }

  // MARK: where it stands

  private mutating func mark(
    _ pattern: Rule.Pattern, _ field: RuleField, _ name: String, in exhibitName: String, _ text: String, masked: Bool
  ) -> Sight {
    let key = masked ? exhibitName + " masked" : exhibitName
    let seen = folded[key] ?? text.withByteSlice { FoldedText($0, masked: masked) }
    folded[key] = seen
    let range = range(of: pattern, field, in: seen)
    return Sight(field: name, pattern: pattern, exhibit: exhibit(exhibitName, text), range: range)
  }

  /// The engine looks at the subject, and once more at what follows a list's tag.
  private mutating func markSubject(_ pattern: Rule.Pattern, _ field: RuleField, _ name: String) -> Sight {
    let text = String(record.subject)
    let number = exhibit("subject", text)
    let whole = record.subject
    let parts = [whole, whole.firstIndex(of: 0x5D).map { whole.dropFirst($0 + 1).trimmed } ?? .empty]
    for part in parts where !part.isEmpty {
      if let found = range(of: pattern, field, in: FoldedText(part, masked: false)) {
        let start = part.offset(in: whole)
        return Sight(
          field: name, pattern: pattern, exhibit: number,
          range: found.lowerBound + start..<found.upperBound + start)
      }
    }
    return Sight(field: name, pattern: pattern, exhibit: number, range: nil)
  }

  private mutating func markHead(_ pattern: Rule.Pattern, _ field: RuleField, _ name: String) -> Sight? {
    let seen = folded["head"] ?? FoldedText(head, masked: false)
    folded["head"] = seen
    guard let found = range(of: pattern, field, in: seen) else {
      return Sight(field: name, pattern: pattern, exhibit: exhibit(name, ""), range: nil)
    }
    let start = head.prefix(found.lowerBound).lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let end = head.firstIndex(of: 0x0A, from: found.lowerBound) ?? head.count
    let line = head.slice(start, end)
    let value = min(line.firstIndex(of: ": ").map { $0 + 2 } ?? 0, found.lowerBound - start)
    let text = line.dropFirst(value)
    let lower = min(found.lowerBound - start - value, text.count)
    let upper = min(max(found.upperBound - start - value, lower), text.count)
    return Sight(field: name, pattern: pattern, exhibit: exhibit(name, String(text)), range: lower..<upper)
  }

  private func range(of pattern: Rule.Pattern, _ field: RuleField, in text: FoldedText) -> Range<Int>? {
    guard let expression = try? PatternText.compile(pattern.text, for: field, marking: true) else { return nil }
    var isHead = false
    if case .head = field { isHead = true }
    guard let pattern = try? Patterns.Pattern(expression, dotAll: !isHead, captures: false),
      let matcher = try? Matcher(groups: 1)
    else { return nil }
    return text.bytes.withByteSlice { pattern.match(in: $0, with: matcher) ? matcher.range(0) : nil }
      .map(text.original)
  }

  private mutating func exhibit(_ field: String, _ text: String) -> Int {
    let exhibit = Exhibit(field: field, text: text)
    if let known = exhibits.firstIndex(of: exhibit) { return known }
    exhibits.append(exhibit)
    return exhibits.count - 1
  }
}
