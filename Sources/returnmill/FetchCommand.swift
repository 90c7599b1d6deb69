import ArgumentParser
import Fetch
import Foundation
import Pipeline

struct FetchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Fetch mailboxes from IMAP and POP3 servers into the workspace.",
    discussion: """
      Fetches what is new in the mailboxes that the configuration names as sources, into a Maildir each; `run` does it \
      by itself. A fetch that was killed goes on where it stopped. On the server nothing changes, unless the source \
      says what is to become of a message afterwards.
      """)

  @Argument(help: "Names of mailboxes. Default: all that are sources.")
  var names: [String] = []

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "Ask the servers what is new, and fetch nothing.")
  var dryRun = false

  @Flag(help: "Print JSON, one object a mailbox.")
  var json = false

  func run() throws {
    let reports = try options.runner(dryRun: dryRun).fetch(names)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      for report in reports { print(String(decoding: try encoder.encode(report), as: UTF8.self)) }
    } else {
      print(reports.summary(isPlan: dryRun), terminator: "")
    }
    if reports.contains(where: { $0.failure != nil }) { throw ExitCode(1) }
  }
}
