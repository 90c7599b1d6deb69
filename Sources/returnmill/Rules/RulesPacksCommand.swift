import ArgumentParser
import Foundation
import Pipeline
import RulePacks

struct RulesPacksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "packs", abstract: "Show which rule packs are in force, with their versions and digests.")

  @OptionGroup var options: WorkspaceOptions
  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let shelf = RuleShelf(try options.configuration().workspace)
    let state = try shelf.state()
    // Says so when files were changed behind our back.
    _ = try shelf.folders(of: state)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.dateEncodingStrategy = .iso8601
      return print(String(decoding: try encoder.encode(state), as: UTF8.self))
    }
    if let own = state.own {
      print(
        "own rules, digest \(own.digest)\n  from \(own.from.joined(separator: ", ")), \(own.installed.ISO8601Format())")
    }
    for pack in state.packs {
      print("\(pack.name) \(pack.version), digest \(pack.digest)")
      print("  signed by \(pack.key)\n  from \(pack.from), \(pack.installed.ISO8601Format())")
    }
    if state.own == nil, state.packs.isEmpty { print("no rule packs are installed in this workspace") }
  }
}
