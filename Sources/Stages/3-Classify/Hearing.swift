/// All that the rules have to say of one recipient.
public struct Hearing: Sendable {
  /// Which of the record's recipients; nil when it has none.
  public let recipient: Int?
  /// Whether the report's text stood in for the server's words.
  public let byText: Bool
  /// The texts that the sights point into.
  public let exhibits: [Exhibit]
  /// In the order of the rules, one for each rule. The first that holds decides.
  public let trials: [Trial]

  /// The trial of the rule that decides.
  public var winner: Trial? { trials.first { $0.holds } }
}

/// A text that rules looked at.
public struct Exhibit: Sendable, Equatable {
  /// The field's name: `diagnostic`, `text`, `subject`, `from`, `header.NAME`, or a fact's (`status` …).
  public let field: String
  /// As the evidence has it: not folded.
  public let text: String
}

/// A rule whose conditions are all met.
public struct Trial: Sendable {
  /// The rule's place in `RuleSet.rules`.
  public let rule: Int
  /// Which group of the rule's `any` it was.
  public let group: Int?
  /// What met its conditions, in their order: one at least for each.
  public let sights: [Sight]
  /// What stands under its `unless` and was seen; empty when the rule holds.
  public let vetoes: [Sight]

  public var holds: Bool { vetoes.isEmpty }
}

/// A pattern, and where it was seen.
public struct Sight: Sendable {
  /// The condition's field, as the rule writes it.
  public let field: String
  public let pattern: Rule.Pattern
  /// The text, by its place in the hearing's exhibits.
  public let exhibit: Int
  /// The bytes of the text (in UTF-8) that match; nil for a fact, and where the match can't be told from the rest.
  public let range: Range<Int>?
}
