import ArgumentParser
import Pipeline

/// The program: a thin layer of subcommands over the libraries.
@main struct ReturnMill: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "returnmill",
    abstract: "A mill for returned mail: judges every bounce, complaint, auto-reply and answer in an archive.",
    discussion: """
      Reads Maildirs, mboxes, gzipped ones and single messages, puts each message into one of eleven categories with a \
      reason and the rule that said so, logs it to a database, takes bad addresses off, and puts what a person should \
      answer into a customer-service mailbox.

      Start with:  returnmill run PATH… --workspace DIR

      Exit codes: 0 done, 1 failed, 3 something is held back (quarantined, or by the brake), 64 usage, 65 bad input, 70 a bug, \
      75 workspace locked (try later), 78 configuration or rules invalid, 130/143 interrupted.
      """,
    version: Version.text,
    groupedSubcommands: [
      CommandGroup(
        name: "The whole flow:",
        subcommands: [RunCommand.self, PlanCommand.self, StatusCommand.self, FetchCommand.self]),
      CommandGroup(name: "What goes out:", subcommands: [ComposeCommand.self, TokenCommand.self]),
      CommandGroup(
        name: "One stage:",
        subcommands: [
          IngestCommand.self, ParseCommand.self, ClassifyCommand.self, LoadCommand.self, ActCommand.self,
        ]),
      CommandGroup(
        name: "Subscribers:", subcommands: [SubscribersCommand.self, SuppressionsCommand.self]),
      CommandGroup(
        name: "Looking closer:",
        subcommands: [
          InspectCommand.self, ExplainCommand.self, EvaluateCommand.self, RedactCommand.self, DialectsCommand.self,
        ]),
      CommandGroup(
        name: "Rules, and history judged by them:",
        subcommands: [RulesCommand.self, UnknownCommand.self, ReclassifyCommand.self, DiffCommand.self]),
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      Interruption.watch()
      try command.run()
    } catch let error where error is ExitCode || error is CleanExit || error is ValidationError {
      exit(withError: error)
    } catch let error as any CustomStringConvertible & Error where ExitStatus.isOurs(error) {
      ExitStatus.end(with: error)
    } catch {
      exit(withError: error)
    }
  }
}
