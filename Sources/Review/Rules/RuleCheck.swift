import Classify
import Foundation
import Pipeline

/// Rule files, tried out: whether they can be read, and whether each rule does what its examples say.
public struct RuleCheck: Sendable {
  /// Errors and warnings, by file and line.
  public let problems: [RuleProblem]
  public let files: Int
  public let rules: Int
  public let examples: Int
  public let counterexamples: Int

  public var errors: [RuleProblem] { problems.filter { $0.severity == .error } }

  /// Checks a site's files, with the product's behind them as in a run.
  ///
  /// - Parameters:
  ///   - paths: absolute paths of files and folders, in the order in which they count.
  ///   - alone: they are the whole set, under their own names: for the files of the product itself.
  /// - Throws: when a path can't be read.
  public init(_ paths: [String], alone: Bool) throws {
    let own = try RuleSet.siteFiles(paths, mend: "name a rule file, or a folder of them")
    if alone {
      let files = try paths.flatMap { try RuleFile.files(at: $0) }
      try self.init(files: files, own: files.count)
    } else {
      try self.init(files: own + RuleFile.bundled(), own: own.isEmpty ? RuleFile.bundled().count : own.count)
    }
  }

  init(files: [RuleFile], own: Int) throws {
    self.files = own
    do {
      let set = try RuleSet(files: files)
      problems = try set.check()
      let paths = Set(files.prefix(own).map(\.path))
      let rules = set.rules.filter { paths.contains($0.path) }
      self.rules = rules.count
      examples = rules.reduce(0) { $0 + $1.examples.count }
      counterexamples = rules.reduce(0) { $0 + $1.counterexamples.count }
    } catch let error as RuleError {
      problems = error.problems
      rules = 0
      examples = 0
      counterexamples = 0
    }
  }

  /// A line for each problem, and a last one for all.
  public var text: String {
    let lines = problems.map { $0.description + "\n" }.joined()
    if !errors.isEmpty { return lines + "\(errors.count) error\(errors.count == 1 ? "" : "s")\n" }
    return lines
      + "\(rules) rules in \(files) file\(files == 1 ? "" : "s"): \(examples) examples and \(counterexamples) "
      + "counterexamples come out as they should\n"
  }

  /// One JSON object a problem.
  public func encoded() throws -> String {
    try problems.map { problem in
      try JSONLine.encode(
        Line(
          severity: problem.severity.rawValue, file: problem.file, line: problem.line, rule: problem.rule,
          what: problem.what, mend: problem.mend))
    }.joined()
  }

  private struct Line: Codable {
    var severity: String
    var file: String
    var line: Int
    var rule: String?
    var what: String
    var mend: String
  }
}
