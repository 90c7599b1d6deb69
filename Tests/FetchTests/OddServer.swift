import Foundation
import Transport

@testable import Fetch

/// A server on loopback that behaves as oddly as a test asks (`mail_server.py`), and a folder to fetch it into.
final class OddServer {
  let folder: URL
  private(set) var mailbox: RemoteMailbox
  private let process = Process()
  private let output = Pipe()

  static let python = ["/usr/bin/python3", "/usr/local/bin/python3", "/root/.pyenv/shims/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// - Parameter after: another server whose folder and name this one has: the same mailbox, later.
  init(_ kind: RemoteMailbox.Access, _ scenario: String, after other: OddServer? = nil) throws {
    folder = other?.folder ?? FileManager.default.temporaryDirectory.appending(path: "odd-server-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "mail_server.py")
    process.executableURL = URL(fileURLWithPath: OddServer.python ?? "/usr/bin/python3")
    process.arguments = [source.path, kind.rawValue, folder.appending(path: "log").path, scenario]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
    let port = Int(
      String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).filter(\.isNumber))
    let secret = folder.appending(path: "secret")
    try Data("secret\n".utf8).write(to: secret)
    mailbox = try RemoteMailbox(url: "\(kind.rawValue)://mill@127.0.0.1:\(port ?? 0)/", user: nil, isPlain: true)
    mailbox.password = .file(secret.path)
    mailbox.maildir = folder.appending(path: "box").path
    mailbox.timeout = 20
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Fetches, and does with what was fetched on the server what is asked.
  func fetch(_ afterwards: RemoteMailbox.Afterwards = .keep) throws -> FetchReport {
    mailbox.afterwards = afterwards
    return try Fetcher.fetch(mailbox, stateFolder: folder.path, FetchOptions())
  }

  /// The messages that are stored, by the numbers in their subjects, with their texts.
  func stored() throws -> [Int: String] {
    let box = folder.appending(path: "box/new")
    var found: [Int: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: box.path) {
      let text = try String(contentsOf: box.appending(path: name), encoding: .utf8)
      guard let number = Int(text.dropFirst("Subject: message ".count).prefix(while: \.isNumber)) else { continue }
      precondition(found.updateValue(text, forKey: number) == nil, "\(number) is stored twice")
    }
    return found
  }

  /// What a message's text is, as it lies in a Maildir.
  static func text(_ number: Int) -> String {
    "Subject: message \(number)\nFrom: a@example.org\n\nr\(number % 9) OK done\n.\n..two\n"
      + "* 1 FETCH (UID 99 BODY[] {3}\n\(String(repeating: "x", count: number * 100))\n"
  }

  /// The commands that the server was given, by all connections so far.
  func commands() throws -> [Substring] {
    try String(contentsOf: folder.appending(path: "log"), encoding: .utf8).split(separator: "\n")
  }

  func removeFolder() { try? FileManager.default.removeItem(at: folder) }
}
