import ByteSlices
import DatabaseSupport
import Foundation
import GRDB
import Records
import Transport

@testable import Act

/// A database, Maildirs and an archive to act on.
final class Desk {
  let bench: Workbench
  /// Names of messages that can't be read.
  var unreadable: Set<String> = []
  /// The text of a message that has one of its own.
  var bodies: [String: String] = [:]
  /// Called before each message is read.
  var beforeRead: () throws -> Void = {}
  private(set) var read: [String] = []
  private var names: [MessageID: String] = [:]

  init() throws { bench = try Workbench() }

  func load(_ shard: Int, _ mails: [Mail]) throws {
    for mail in mails { names[mail.name.withByteSlice { MessageID(of: $0) }] = mail.name }
    try bench.load(shard, mails)
  }

  func options(
    _ policy: Policy = .default, brake: Brake = Brake(), release: Bool = false, routes: [String: String] = [:],
    folders: [String] = ["customer_service"], targets: String = "{}", in folder: String? = nil
  ) throws -> ActOptions {
    let root = folder ?? bench.folder
    let decoder = JSONDecoder()
    decoder.userInfo[.folder] = root
    return ActOptions(
      policy: policy,
      dispositions: try Dispositions(
        routes: routes.mapValues { $0.split(separator: ",").map(String.init) },
        folders: Dictionary(uniqueKeysWithValues: folders.map { ($0, "\(root)/mail/\($0)") }),
        targets: try decoder.decode([String: DispositionTarget].self, from: Data(targets.utf8))),
      brake: brake, releaseBrake: release, samples: 100)
  }

  func stage(_ options: ActOptions? = nil, database: String? = nil) throws -> ActStage {
    let arena = Arena()
    return try ActStage(databasePath: database ?? bench.folder + "/db", options: options ?? self.options()) {
      [self] source, id, shard in
      try beforeRead()
      let name = names[id] ?? "?"
      read.append("\(name)@\(shard):\(source.path)")
      if unreadable.contains(name) { throw Gone(name: name) }
      arena.reset()
      return (bodies[name] ?? "Subject: \(name)\n\nThe body of \(name).\n").withByteSlice { arena.copy($0) }
    }
  }

  struct Gone: Error, CustomStringConvertible {
    var name: String
    var description: String { "the message \(name) is no longer where it was" }
  }

  /// The files of a Maildir's folder, with what is in them.
  func files(_ disposition: String = "customer_service", _ folder: String = "new", in root: String? = nil) -> [String:
    String]
  {
    let path = "\(root ?? bench.folder)/mail/\(disposition)/\(folder)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return Dictionary(
      uniqueKeysWithValues: names.map { ($0, (try? String(contentsOfFile: "\(path)/\($0)", encoding: .utf8)) ?? "") })
  }

  func state(_ address: String) throws -> String? {
    try bench.rows("SELECT state FROM subscribers WHERE address_key = '\(address)'").first?["state"]
  }
}

/// A message about one recipient.
func mail(
  _ name: String, _ recipient: String, _ category: Category, _ reason: String, day: Int? = 100, new: String = "",
  rule: String = "rule", to: String = "bounces@example.org"
) -> Mail {
  Mail(
    name: name, time: day.map { $0 * 86400 }, to: to,
    verdicts: [.init(recipient: recipient, category: category, reason: reason, rule: rule, newAddress: new)])
}
