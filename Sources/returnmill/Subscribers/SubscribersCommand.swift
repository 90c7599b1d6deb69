import ArgumentParser

struct SubscribersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "subscribers",
    abstract: "The people that mail is sent to: import, show, and decide about them.",
    discussion: """
      Subscribers come in from a CSV or NDJSON file, are on lists, and have fields that templates use. How an address \
      stands follows from what came back, by the policy; a decision by hand goes before that, and is kept with its time \
      and note. No command but purge forgets anything.
      """,
    subcommands: [
      SubscribersImportCommand.self, SubscribersExportCommand.self, SubscribersListCommand.self,
      SubscribersShowCommand.self, SubscribersSuppressCommand.self, SubscribersUnsubscribeCommand.self,
      SubscribersRestoreCommand.self, SubscribersReleaseCommand.self, SubscribersPurgeCommand.self,
    ])
}
