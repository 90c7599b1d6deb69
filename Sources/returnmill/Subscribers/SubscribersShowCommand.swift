import ArgumentParser
import Pipeline
import Review
import Subscribers

struct SubscribersShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show everything that is known of an address, in time order.")

  @Argument(help: "An address, or a subscriber's key.")
  var who: String

  @OptionGroup var options: SubscriberOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let configuration = try options.configuration()
    let dossier = try Dossier(
      of: who, database: configuration.database, campaigns: configuration.workspace.campaigns)
    print(json ? try dossier.encoded() : dossier.text(width: Terminal.standardOutput().width), terminator: "")
  }
}
