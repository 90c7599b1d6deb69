import ArgumentParser

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Look after rules.",
    subcommands: [
      RulesKeygenCommand.self, RulesPackCommand.self, RulesTrustCommand.self, RulesInstallCommand.self,
      RulesRollbackCommand.self, RulesPacksCommand.self,
    ])
}
