import Records

/// One rule: when its conditions hold for a recipient of a message, this is the verdict.
public struct Rule: Sendable {
  public let id: String
  public let category: Category
  public let reason: String
  /// Why the rule exists, for whoever reads a verdict.
  public let why: String
  /// All of these must hold …
  public let match: [Condition]
  /// … and, if there are any, one of these groups, whole.
  public let any: [[Condition]]
  /// None of these may hold.
  public let unless: [Condition]
  /// Evidence that this rule decides.
  public let examples: [Example]
  /// Evidence that it must not decide.
  public let counterexamples: [Example]
  /// The name of the rule file, by which it has its place in the order.
  public let file: String
  /// The rule file as a person finds it.
  public let path: String
  /// The line of the rule's id.
  public let line: Int

  /// One field, and what to see there: any of the patterns.
  public struct Condition: Sendable, Equatable {
    /// As the file writes it: `diagnostic`, `header.auto-submitted`, `status` …
    public let field: String
    public let patterns: [Pattern]
  }

  /// A regular expression or a value, as the file writes it.
  public struct Pattern: Sendable, Equatable {
    public let text: String
    public let line: Int
  }
}
