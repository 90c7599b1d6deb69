import ArgumentParser
import Foundation
import Pipeline

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what the workspace holds: messages, verdicts, suppressions, the last run.")

  @OptionGroup var options: WorkspaceOptions
  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let status = try Status(of: try options.configuration())
    print(json ? try status.encoded() : status.text, terminator: "")
  }
}
