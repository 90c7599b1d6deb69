import ArgumentParser
import Foundation
import Pipeline

struct TokenCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Say whose a token is, and whether it counts.",
    discussion: """
      For a web page that unsubscribes, and for a look at a bounce by hand. Takes the token alone or in an address. Ends \
      with 65 when the token is forged, expired, or of nobody on the roster.
      """)

  @Argument(help: "The token, or an address or a link with one in it.")
  var token: String

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let finding = try TokenFinding(token, try options.configuration(), at: Int(Date().timeIntervalSince1970))
    print(json ? try finding.encoded() : finding.text, terminator: "")
    if !finding.counts { throw ExitCode(65) }
  }
}
