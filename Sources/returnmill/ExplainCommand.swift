import ArgumentParser
import Foundation
import Pipeline
import Review

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Tell why a message is judged as it is, and what follows.",
    discussion: """
      Shows for each recipient the verdict, the rule, the evidence with the words that the rule saw marked, where the \
      address stood, what the policy does, and the rules that also held and lost: they come later in the order, or \
      something under their 'unless' was seen.

      Takes a file (every message in it), or the beginning of the id of a message in the workspace. Judges by the \
      rules as they are now; where the workspace has another verdict, it says so.
      """)

  @Argument(help: ArgumentHelp("A file, or the beginning of a message's id.", valueName: "file|id"))
  var subject: String

  @OptionGroup var options: ReviewOptions

  @Flag(help: "Print one JSON object a message.")
  var json = false

  func run() throws {
    let configuration = try options.configuration()
    let isFile = FileManager.default.fileExists(atPath: subject)
    if !isFile, !isID { throw ReviewError("\(subject): no such file, nor the beginning of an id (6 digits or more)") }
    let archive = try configuration.flatMap { configuration in
      let isThere = FileManager.default.fileExists(atPath: configuration.workspace.root)
      return isThere || !isFile ? try WorkspaceArchive(configuration) : nil
    }
    let explainer = try Explainer(configuration: configuration, archive: archive)
    let terminal = options.terminal
    var isFirst = true
    func show(_ explanation: Explanation) throws {
      if json { return print(try JSONLine.encode(explanation), terminator: "") }
      print((isFirst ? "" : "\n") + explanation.text(on: terminal), terminator: "")
      isFirst = false
    }
    if isFile {
      try explainer.explain(file: subject, show)
    } else {
      try show(try explainer.explain(id: subject))
    }
  }

  private var isID: Bool { (6...64).contains(subject.count) && subject.allSatisfy(\.isHexDigit) }
}
