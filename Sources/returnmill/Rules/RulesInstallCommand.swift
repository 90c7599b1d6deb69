import ArgumentParser
import Foundation
import Pipeline

struct RulesInstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install", abstract: "Check a rule pack, show what it would change, and put it in force.",
    discussion: """
      The pack must be signed by a key that is trusted (see: returnmill rules trust), and newer than the one of its \
      name that is in force. The history is judged by it and the difference shown; then it asks, on a terminal, or goes \
      on if --yes was said. The next run judges by it; returnmill rules rollback takes it back.
      """)

  @Argument(help: "The pack: a file, or an https: or file: URL.")
  var pack: String

  @OptionGroup var options: WorkspaceOptions
  @OptionGroup var judging: JudgingOptions

  @Flag(name: .shortAndLong, help: "Don't ask.")
  var yes = false

  @Flag(help: "Take an older version, or another content of the same one.")
  var allowOlder = false

  func run() throws {
    let configuration = try options.configuration()
    let change = try RuleChange(configuration, isNew: true)
    let (pack, candidate) = try change.installing(pack, allowOlder: allowOlder)
    let title = "\(pack.name) \(pack.version), digest \(pack.digest), signed by \(pack.key.name)"
    guard let candidate else {
      // Stderr: with --json, stdout is for the diff.
      FileHandle.standardError.write(Data("\(title): in force already\n".utf8))
      return
    }
    do {
      if !judging.json { print(title + (pack.note.map { "\n\($0)" } ?? "") + "\n") }
      try judging.show(change, candidate, options)
      guard try yes || judging.agreed(to: "Put \(pack.name) \(pack.version) in force?") else {
        try change.giveUp()
        FileHandle.standardError.write(Data("returnmill: nothing was changed; say --yes to install it\n".utf8))
        throw ExitCode.failure
      }
    } catch {
      try change.giveUp()
      throw error
    }
    try change.commit(candidate)
    FileHandle.standardError.write(Data("\(title): in force from the next run on\n".utf8))
    // The run takes the lock itself.
    change.release()
    if judging.apply { try judging.run(options) }
  }
}
