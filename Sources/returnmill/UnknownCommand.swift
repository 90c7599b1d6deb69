import ArgumentParser
import Classify
import Foundation
import Pipeline
import Review

struct UnknownCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unknown", abstract: "Show the texts that no rule but a fallback knows, with a beginning of a rule.",
    discussion: """
      Texts are put together that differ only in addresses, hosts, numbers and ids; the most frequent come first. Each \
      has the beginning of a rule, with an anonymised example. What is printed is a valid rule file: keep what you \
      like, mend category, reason and why, and try it with 'returnmill rules check'.
      """)

  @Argument(help: "Files to judge instead of what the workspace holds.")
  var files: [String] = []

  @OptionGroup var options: ReviewOptions

  @Option(help: "How many wordings to show.")
  var limit = 20

  @Flag(help: "Print one JSON object a wording.")
  var json = false

  func validate() throws {
    if limit < 1 { throw ValidationError("--limit takes a number from 1 up") }
  }

  func run() throws {
    let configuration = files.isEmpty ? try options.neededConfiguration() : try options.configuration()
    let rules = try RuleSet(files: try RuleSet.files(user: configuration?.rulesInForce() ?? []))
    let unknown: UnknownTexts
    if let configuration, files.isEmpty {
      unknown = try UnknownTexts(configuration, rules: rules)
    } else {
      unknown = try UnknownTexts(files: files, configuration: configuration)
    }
    let ids = Set(rules.rules.map(\.id))
    print(
      json ? try unknown.encoded(limit: limit, ids: ids) : unknown.rules(limit: limit, ids: ids), terminator: "")
  }
}
