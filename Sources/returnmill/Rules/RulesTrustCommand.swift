import ArgumentParser
import Foundation
import Pipeline
import RulePacks
import Spool

struct RulesTrustCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "Trust a key to sign rule packs for this workspace.",
    discussion: """
      Whoever holds the key can then change how mail is judged here. Without a key, lists those that are trusted; to \
      trust one no longer, remove its file from rules/trusted in the workspace.
      """)

  @Argument(help: "A .pub file, or the line in it.")
  var key: String?

  @OptionGroup var options: WorkspaceOptions

  func run() throws {
    let configuration = try options.configuration()
    if let key {
      let isLine = key.hasPrefix("returnmill-ed25519 ")
      let line = isLine ? key : String(decoding: try Files.read(key), as: UTF8.self)
      let lock = try WorkspaceLock(configuration.workspace)
      defer { withExtendedLifetime(lock) {} }
      try RuleShelf(configuration.workspace).trust(PublicRuleKey(line: line, in: isLine ? "the key" : key))
    }
    for key in try configuration.trustedKeys() { print(key.line) }
  }
}
