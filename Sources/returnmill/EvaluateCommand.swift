import ArgumentParser
import Foundation
import Pipeline
import Review

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Judge labelled messages, and tell how many verdicts are right.",
    discussion: """
      LABELS.csv has a row for each recipient of each message; its first row names the columns:

        path       the message's file, relative to --root
        id         its SHA-256, where the file holds several messages (optional)
        recipient  the address that the verdict is to name, in lower case; a|b for alternatives; empty for any
        category   one of the eleven; * for any of 'accept', ! for any that is not in 'accept'
        accept     further categories that count as right, as a|b (optional)
        reason     a|b for alternatives; empty where it doesn't matter (optional)
        status     the enhanced status code; empty where it doesn't matter (optional)

      Other columns are passed over. Reasons are compared where the category is right. A false suppression is a row \
      that must not suppress by its label, and does by its verdict.
      """)

  @Argument(help: "The labels.")
  var labels: String

  @Option(help: "The folder that the labels' paths are relative to. Default: that of the labels.")
  var root: String?

  @OptionGroup var options: ReviewOptions

  @Option(help: "How many of the misses to list.")
  var misses = 20

  @Flag(help: "Print one JSON object, with all misses.")
  var json = false

  func run() throws {
    let here = FileManager.default.currentDirectoryPath
    let file = Configuration.absolute(labels, to: here)
    let root = root.map { Configuration.absolute($0, to: here) } ?? (file as NSString).deletingLastPathComponent
    let evaluation = try Evaluation(try Labels(file: file), root: root, configuration: try options.configuration())
    if json {
      print(try evaluation.score.encoded(), terminator: "")
    } else {
      print(evaluation.score.text(on: options.terminal, misses: misses), terminator: "")
    }
    for problem in evaluation.problems { FileHandle.standardError.write(Data("returnmill: \(problem)\n".utf8)) }
    if !evaluation.problems.isEmpty { throw ExitCode(ExitStatus.badInput) }
  }
}
