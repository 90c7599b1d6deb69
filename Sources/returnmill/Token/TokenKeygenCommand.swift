import ArgumentParser
import Foundation
import Pipeline
import ReturnPath
import Spool

struct TokenKeygenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen", abstract: "Make a key for return paths.",
    discussion: """
      Without --keys, prints an entry for an environment variable or a secret store. With it, puts the new key in front of \
      those in the file: it signs from now on, and the others go on to vouch for what they have signed.
      """)

  @Option(help: "The file of keys; made, readable by you alone, where it is not there.", completion: .file())
  var keys: String?

  @Option(help: "The key's id, 0 to 255. Default: the next that is free.")
  var id: UInt8?

  func run() throws {
    guard let keys else {
      print(Keyring.newEntry(id: id ?? 1))
      return
    }
    let path = Configuration.absolute(keys, to: FileManager.default.currentDirectoryPath)
    let old = Files.exists(path) ? String(decoding: try Files.read(path), as: UTF8.self) : ""
    let ids = old.isEmpty ? [] : try Keyring(text: old, from: path).ids
    if let id, ids.contains(id) { throw ValidationError("\(keys) has a key \(id) already; choose another --id") }
    guard let id = id ?? next(ids) else { throw ValidationError("\(keys) has 256 keys; take old ones out first") }
    let intro = old.isEmpty ? "# Keys of return paths. The first signs, all vouch. Keep this file secret.\n" : ""
    // Made before it has anything in it, so that nobody can read it at any time.
    let temporary = path + ".tmp"
    try? Files.remove(temporary)
    guard FileManager.default.createFile(atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600])
    else {
      throw ConfigurationError("\(temporary): can't be written")
    }
    try Files.writeAtomically(intro + Keyring.newEntry(id: id) + "\n" + old, to: path)
    FileHandle.standardError.write(Data("\(path): key \(id) signs from now on\n".utf8))
  }

  private func next(_ ids: [UInt8]) -> UInt8? {
    let first = (ids.max().map(Int.init) ?? 0) + 1
    return (first...255).first.map { UInt8($0) } ?? (0...255).first { !ids.contains(UInt8($0)) }.map { UInt8($0) }
  }
}
