import ArgumentParser
import Foundation
import Pipeline

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what became of the workspace between two runs.",
    discussion: """
      Compares the state after one run with the state after another: messages by category, verdicts that were judged \
      otherwise, addresses that were suppressed or set free. A run is named by its id, its id's beginning, last, or \
      last~1 for the one before.
      """)

  @Argument(help: "The run to compare with. Default: last~1.")
  var from = "last~1"

  @Argument(help: "The run to compare. Default: last.")
  var to = "last"

  @OptionGroup var options: WorkspaceOptions

  @Option(help: "How many messages to show of each change.")
  var samples = 3

  @Flag(help: "Print one JSON object, with all addresses.")
  var json = false

  @Flag(help: "List the runs that can be compared, the latest last.")
  var list = false

  func validate() throws {
    if samples < 0 { throw ValidationError("--samples takes a number from 0 up") }
  }

  func run() throws {
    let configuration = try options.configuration()
    if list {
      for run in try RunDiff.runs(configuration) { print(run.line, terminator: "") }
      return
    }
    let diff = try RunDiff(configuration, (from, to), samples: samples)
    print(json ? try diff.encoded() : diff.text, terminator: "")
  }
}
