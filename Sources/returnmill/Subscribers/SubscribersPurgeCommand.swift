import ArgumentParser
import Foundation
import Pipeline
import Subscribers

struct SubscribersPurgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge", abstract: "Erase a person's data on request, and say what was erased.",
    discussion: """
      Erases the subscriber, the lists, decisions and diaries, and what names the address in messages and events. What \
      was judged stays, without a name. A keyed hash is kept, by which loads and imports leave the address out from then \
      on. Archives are never written to: the report says which of them still hold mail of or about the person.
      """)

  @Argument(help: "An address, or a subscriber's key.")
  var who: String

  @OptionGroup var options: SubscriberOptions

  @Flag(help: "Show what would be erased, and change nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Don't ask.")
  var yes = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let report = try options.writing { configuration in
      let purge = Purge(database: configuration.database)
      let now = Int(Date().timeIntervalSince1970)
      let plan = try purge.run(who, at: now, apply: false)
      if dryRun { return plan }
      if !yes {
        FileHandle.standardError.write(Data(plan.text.utf8))
        guard agreed(to: "Erase all this? It can't be taken back.") else {
          FileHandle.standardError.write(Data("returnmill: nothing was changed; say --yes to erase it\n".utf8))
          throw ExitCode.failure
        }
      }
      return try purge.run(who, at: now, apply: true)
    }
    print(json ? try report.encoded() : report.text, terminator: "")
  }

  private func agreed(to question: String) -> Bool {
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else { return false }
    FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
    return readLine().map { ["y", "yes"].contains($0.lowercased()) } ?? false
  }
}
