import ArgumentParser
import Foundation
import Pipeline

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Judge files at once, without a workspace.",
    discussion: "Takes single messages, mboxes, .gz of them, Maildirs. Every file named gives at least one line.")

  @Argument(help: "Files to judge.")
  var files: [String]

  @Flag(help: "Print one JSON object a message, in the form of the classify spool.")
  var json = false

  @Flag(help: "Print the evidence (one parse record a message, JSON) instead of the verdicts.")
  var evidence = false

  @Option(name: .shortAndLong, help: "A configuration file: for its rules and headers.")
  var config: String?

  @Option(help: "How many files to judge side by side. Default: one for each core.")
  var workers: Int?

  func run() throws {
    let configuration = try config.map { try Configuration(file: $0) }
    let inspector = try Inspector(
      configuration: configuration, form: evidence ? .evidence : json ? .json : .text,
      workers: workers ?? ProcessInfo.processInfo.activeProcessorCount)
    let problems = try inspector.inspect(files) { FileHandle.standardOutput.write($0) }
    for problem in problems { FileHandle.standardError.write(Data("returnmill: \(problem)\n".utf8)) }
    if !problems.isEmpty { throw ExitCode(ExitStatus.badInput) }
  }
}
