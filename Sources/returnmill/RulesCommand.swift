import ArgumentParser
import Classify
import Foundation
import Pipeline
import Review

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Check, list and count the rules that verdicts are made by; make, install and take back packs of them.",
    groupedSubcommands: [
      CommandGroup(
        name: "The rules:",
        subcommands: [RulesCheckCommand.self, RulesListCommand.self, RulesStatsCommand.self, RulesDocCommand.self]),
      CommandGroup(
        name: "Packs of rules, for many machines:",
        subcommands: [
          RulesPackCommand.self, RulesKeygenCommand.self, RulesTrustCommand.self, RulesInstallCommand.self,
          RulesRollbackCommand.self, RulesPacksCommand.self,
        ]),
    ])
}

struct RulesCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Try rule files out: form, patterns, examples, rules that never decide.",
    discussion: """
      Each problem is a line: file, line, rule, what is wrong, how to mend it. Exit code 78 when there is an error.

      With paths, checks those rule files as the site's own, with the product's behind them; without, those that the \
      configuration names, else the product's. A warning tells what a site's rules take from the product's.
      """)

  @Argument(help: "Rule files, or folders of them.")
  var paths: [String] = []

  @Flag(help: "The files are the whole set: without the product's behind them.")
  var alone = false

  @OptionGroup var options: ReviewOptions

  @Flag(help: "Print one JSON object a problem.")
  var json = false

  func validate() throws {
    if alone, paths.isEmpty { throw ValidationError("--alone takes the files that are the whole set") }
  }

  func run() throws {
    let here = FileManager.default.currentDirectoryPath
    let own = paths.isEmpty ? try options.configuration()?.rulesInForce() ?? [] : paths
    let check = try RuleCheck(own.map { paths.isEmpty ? $0 : RulesCheckCommand.place($0, here) }, alone: alone)
    print(json ? try check.encoded() : check.text, terminator: "")
    if !check.errors.isEmpty { throw ExitCode(ExitStatus.badConfiguration) }
  }

  /// Problems name files as the user did, where that is a path from here.
  private static func place(_ path: String, _ here: String) -> String {
    path.hasPrefix("~") ? Configuration.absolute(path, to: here) : path
  }
}

struct RulesListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the rules in the order in which they are asked.")

  @Option(help: "Only rules of this category, or of this category/reason.")
  var category: String?

  @OptionGroup var options: ReviewOptions

  @Flag(help: "Print one JSON object a rule, with what it looks for.")
  var json = false

  func run() throws {
    let files = try RuleSet.files(user: try options.configuration()?.rulesInForce() ?? [])
    let listing = try RuleListing(try RuleSet(files: files), category: category)
    print(json ? try listing.encoded() : listing.text(on: options.terminal), terminator: "")
  }
}

struct RulesStatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Count what each rule decided in a workspace, and compare with an earlier run.",
    discussion: """
      Lists the rules by the number of their verdicts, then those that stopped firing since the earlier run, and those \
      that never fired.
      """)

  @Option(help: "The run to compare with, by its id or the beginning of it. Default: the last but one.")
  var since: String?

  @OptionGroup var options: ReviewOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let configuration = try options.neededConfiguration()
    let rules = try RuleSet(files: try RuleSet.files(user: configuration.rules))
    let statistics = try RuleStatistics(configuration, rules: rules, since: since)
    print(json ? try JSONLine.encode(statistics) : statistics.text(on: options.terminal), terminator: "")
  }
}

struct RulesDocCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doc", abstract: "Write the reference page of the product's rules.")

  @Argument(help: "The file to write. Default: standard output.")
  var file: String?

  @Flag(help: "Write nothing, and exit with code 1 unless the file is what would be written.")
  var check = false

  func validate() throws {
    if check, file == nil { throw ValidationError("--check takes the file to compare with") }
  }

  func run() throws {
    let text = try RuleReference().text
    guard let file else { return print(text, terminator: "") }
    if check {
      guard (try? String(contentsOfFile: file, encoding: .utf8)) != text else { return }
      FileHandle.standardError.write(
        Data("returnmill: \(file) is not up to date; write it by: returnmill rules doc \(file)\n".utf8))
      throw ExitCode.failure
    }
    do {
      try text.write(toFile: file, atomically: true, encoding: .utf8)
    } catch {
      throw ReviewError("\(file): can't be written: \(error.localizedDescription)")
    }
  }
}
