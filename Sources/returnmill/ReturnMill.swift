import ArgumentParser
@main struct ReturnMill: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "returnmill", subcommands: [InspectCommand.self])
}
enum ExitStatus { static let badInput: Int32 = 65 }
