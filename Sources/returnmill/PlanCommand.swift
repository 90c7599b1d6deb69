import ArgumentParser
import Foundation
import Pipeline

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what a run would do, and why, without doing it.")

  @Argument(help: "Archives to read instead of those that the configuration names.")
  var paths: [String] = []
  @OptionGroup var options: WorkspaceOptions
  @Flag(help: "Print JSON, one object a stage.")
  var json = false

  func run() throws {
    let plans = try options.runner(sources: paths).plan()
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      for plan in plans { print(String(decoding: try encoder.encode(plan), as: UTF8.self)) }
      return
    }
    for plan in plans { print(plan.lines(verbose: options.verbose), terminator: "") }
  }
}
