import ArgumentParser
import Foundation
import Pipeline
import RulePacks
import Spool

struct RulesPackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Put rule files into a signed pack.",
    discussion: "The rules must compile beside the bundled ones, and their examples must hold.")

  @Argument(help: "The folder of rule files, or one file.")
  var folder: String

  @Option(name: .shortAndLong, help: "The pack to write. Default: NAME-VERSION.rmpack.")
  var output: String?

  @Option(help: "The private key, as `returnmill rules keygen` wrote it.")
  var key: String

  @Option(help: "The pack's version: numbers with dots between them. Machines take only a newer one.")
  var packVersion: String

  @Option(help: "The pack's name. Default: that of the folder.")
  var name: String?

  @Option(help: "What whoever installs it should know.")
  var note: String?

  func run() throws {
    guard let version = PackVersion(packVersion) else {
      throw ValidationError("--pack-version \(packVersion): expected numbers with dots between them, such as 1.4")
    }
    let secret = try PrivateRuleKey(line: String(decoding: try Files.read(key), as: UTF8.self), in: key)
    let place = URL(fileURLWithPath: folder).standardizedFileURL
    let name = name ?? place.deletingPathExtension().lastPathComponent
    let (files, warnings) = try RuleChange.files(of: folder)
    for warning in warnings { FileHandle.standardError.write(Data("\(warning)\n".utf8)) }
    let data = try RulePack.make(name: name, version: version, note: note, files: files, key: secret)
    let pack = try RulePack(data, in: folder, trusted: [secret.publicKey])
    let output = output ?? "\(name)-\(version).rmpack"
    try Files.writeAtomically(String(decoding: data, as: UTF8.self), to: URL(fileURLWithPath: output).path)
    print("\(output)  \(name) \(version), \(pack.files.count) files, digest \(pack.digest), key \(pack.key.name)")
  }
}
