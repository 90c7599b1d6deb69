import ArgumentParser
import Pipeline

struct ReclassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reclassify", abstract: "Judge the history by other rules, and show what would change.",
    discussion: """
      Judges all that was parsed again, and compares: categories before and after, the addresses that would be \
      suppressed or set free, and some messages of each change. Neither database nor spool is touched, unless --apply \
      says so.

      Without --rules it judges by the rules in force: what the next run would change, after rule files were edited or \
      the program was updated.
      """)

  @Option(
    name: .customLong("rules"), parsing: .singleValue,
    help: ArgumentHelp(
      "A folder of rule files, or one file, in the place of the site's own; may be given more than once.",
      valueName: "dir"))
  var rules: [String] = []

  @Flag(help: "Show the difference. This is the default; with --apply it is shown before.")
  var diff = false

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var judging: JudgingOptions

  func run() throws {
    let change = try RuleChange(try options.configuration())
    let candidate = try rules.isEmpty ? change.current() : change.replacingOwn(by: rules, forGood: judging.apply)
    try judging.show(change, candidate, options)
    guard judging.apply else { return }
    try change.commit(candidate)
    change.release()
    try judging.run(options)
  }
}
