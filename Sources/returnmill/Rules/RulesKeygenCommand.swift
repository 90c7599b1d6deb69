import ArgumentParser
import Foundation
import RulePacks
import Spool

struct RulesKeygenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen", abstract: "Make a key to sign rule packs with.",
    discussion: """
      Writes NAME.key, which only its owner can read and which never leaves their machine, and NAME.pub, which goes to \
      the machines that are to trust it: returnmill rules trust NAME.pub
      """)

  @Option(name: .shortAndLong, help: "Where the two files go, without their endings.")
  var output = "returnmill-rules"

  @Option(help: "Whose key it is, for whoever meets it later.")
  var comment = ""

  func run() throws {
    let key = PrivateRuleKey(comment: comment)
    let path = URL(fileURLWithPath: output).path
    let (secret, open) = (path + ".key", path + ".pub")
    for file in [secret, open] where Files.exists(file) {
      throw ValidationError("\(file) is there already; a key that is lost can't be made again, so name another file")
    }
    guard
      FileManager.default.createFile(
        atPath: secret, contents: Data((key.line + "\n").utf8), attributes: [.posixPermissions: 0o600])
    else { throw ValidationError("\(secret) can't be written") }
    try Files.writeAtomically(key.publicKey.line + "\n", to: open)
    print("\(secret)  keep it to yourself\n\(open)  \(key.publicKey.line)")
  }
}
