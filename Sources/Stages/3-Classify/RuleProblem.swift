/// What is wrong with a rule file: where, what, and how to mend it.
public struct RuleProblem: Sendable, Equatable {
  /// Whether the rules can be used all the same.
  public enum Severity: String, Sendable {
    case error
    /// Worth knowing, and maybe meant so.
    case warning
  }

  public var severity = Severity.error
  /// The file as a person finds it.
  public let file: String
  /// Counted from 1; 0 when the problem is not in a line.
  public let line: Int
  /// The rule's id, when the problem is inside a rule that has one.
  public let rule: String?
  public let what: String
  public let mend: String

  /// `40-wording.yaml:12: rule mailbox-full: unknown category "soft": write one of …`
  public var description: String {
    "\(file)\(line > 0 ? ":\(line)" : ""): \(severity == .warning ? "warning: " : "")"
      + "\(rule.map { "rule \($0): " } ?? "")\(what): \(mend)"
  }
}

/// All that is wrong with a set of rule files.
public struct RuleError: Error, CustomStringConvertible, Sendable {
  public let problems: [RuleProblem]

  public init(problems: [RuleProblem]) { self.problems = problems }

  /// One problem a line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
