import Act
import ArgumentParser
import Foundation
import Pipeline
import Subscribers

/// What the commands share that decide about an address by hand.
struct DecisionOptions: ParsableArguments {
  @Argument(help: "Addresses, or keys of subscribers.")
  var who: [String]

  @OptionGroup var options: SubscriberOptions

  @Option(help: "Only for this list. Default: everywhere.")
  var list: String?

  @Option(help: "Why; kept for whoever asks later.")
  var note: String?

  /// Decides about each address, at once.
  func decide(_ state: Override.State?, _ done: String) throws {
    try options.writing { configuration in
      let overrides = try Overrides(databasePath: configuration.database, policy: configuration.policy)
      let now = Int(Date().timeIntervalSince1970)
      let addresses = try who.map { try Directory(configuration.database).address(of: $0) }
      for address in addresses {
        if let state {
          try overrides.set(Override(address: address, state: state, list: list, note: note, at: now))
        } else if try !overrides.remove(address, list: list, at: now, note: note) {
          options.log.warning("\(address): nothing was decided about it\(whereabouts)")
          continue
        }
        if !options.quiet { print("\(address): \(done)\(whereabouts)") }
      }
    }
  }

  private var whereabouts: String { list.map { " on the list \($0)" } ?? "" }
}

struct SubscribersSuppressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suppress", abstract: "Send no mail to an address, whatever came back from it.")

  @OptionGroup var decision: DecisionOptions

  func run() throws { try decision.decide(.suppressed, "suppressed") }
}

struct SubscribersUnsubscribeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unsubscribe", abstract: "Send no mail to an address, as its owner wishes.")

  @OptionGroup var decision: DecisionOptions

  func run() throws { try decision.decide(.unsubscribed, "unsubscribed") }
}

struct SubscribersRestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Send mail to an address again, whatever came back from it.",
    discussion: "No later event changes that; subscribers release lets events decide again.")

  @OptionGroup var decision: DecisionOptions

  func run() throws { try decision.decide(.active, "restored") }
}

struct SubscribersReleaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "Take a decision back: let what came back decide again.")

  @OptionGroup var decision: DecisionOptions

  func run() throws { try decision.decide(nil, "events decide again") }
}
