import ArgumentParser

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Keys of return paths, and what a token says.",
    subcommands: [TokenKeygenCommand.self, TokenCheckCommand.self])
}
