@_exported import ArchiveSupport
import ByteSlices
import Foundation
import Records
import Spool

@testable import Ingest
@testable import Mail

/// Sources and a workspace for one test, removed with the test.
final class Mill {
  private let folder = TemporaryFolder()
  var root: String { folder.path }
  var options = IngestOptions()

  init() {
    try? FileManager.default.createDirectory(atPath: root + "/in", withIntermediateDirectories: true)
    options.shardBytes = 20_000
    options.messageLimit = 100_000
  }

  var workspace: Workspace { Workspace(root: root + "/work") }
  var spool: SpoolFolder { workspace.spool(.ingest) }

  func path(_ name: String) -> String { root + "/in/" + name }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String { try folder.write("in/" + name, bytes) }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  func remove(_ name: String) throws { try folder.remove("in/" + name) }

  func stage(embed: Bool = false, workspace: Workspace? = nil) -> IngestStage {
    IngestStage(
      sources: [IngestSource(path: root + "/in", embed: embed)], workspace: workspace ?? self.workspace,
      options: options)
  }

  @discardableResult
  func run(embed: Bool = false, workers: Int = 2) throws -> IngestSummary {
    try stage(embed: embed).run(workers: workers)
  }

  /// All files of the workspace, by name, but for what it knows of the file system.
  func contents(_ workspace: Workspace? = nil) throws -> [String: Data] {
    let top = (workspace ?? self.workspace).root
    var files: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: top) {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: top + "/" + name, isDirectory: &isFolder), !isFolder.boolValue else {
        continue
      }
      if name == "stamps.ndjson" { continue }
      files[name] = try Data(contentsOf: URL(fileURLWithPath: top + "/" + name))
    }
    return files
  }

  /// What the spool says of each message: the subject of its bytes, fetched by the door, in the order of the lines.
  func subjects() throws -> [String] {
    var found: [String] = []
    let door = MessageDoor()
    let arena = Arena()
    for shard in try spool.shards() {
      let manifest = try spool.manifest(shard)
      var lines = 0
      try ShardReader().forEachLine(spool, shard) { line in
        lines += 1
        arena.reset()
        let record = try IngestRecord(line: line, arena: arena)
        let bytes = try door.bytes(of: record, arena: arena)
        precondition(MessageID(of: bytes) == record.id)
        for line in bytes.lines where line.hasPrefix("Subject: ") {
          found.append(String(line.dropFirst(9)))
          break
        }
      }
      precondition(manifest?.output == lines && manifest?.input == lines + (manifest?.quarantined ?? 0))
      precondition(manifest?.sources?.reduce(0) { $0 + $1.messages } == manifest?.input)
    }
    return found
  }

  /// What the quarantine says of each message, without its path.
  func quarantine() throws -> [String] {
    var reasons: [String] = []
    for shard in try spool.shards() {
      try SetAside.forEach(spool, shard, ShardReader()) { _, _, _, reason, _ in reasons.append(reason) }
    }
    return reasons
  }
}

/// A message with a body of some length.
func message(_ subject: String, _ length: Int = 500) -> String {
  "From: MAILER-DAEMON@mx.example.org\nTo: list@example.com\nSubject: \(subject)\n\nFrom here on:\n"
    + String(repeating: "The mailbox of jo@example.net is full.\n", count: length / 39 + 1)
}

/// The messages as an mboxrd.
func mbox(_ messages: [String]) -> String {
  messages.map {
    "From MAILER-DAEMON Mon Oct  2 09:15:00 2023\n"
      + $0.replacingOccurrences(of: "\nFrom ", with: "\n>From ") + "\n"
  }.joined()
}

func numbered(_ range: Range<Int>, _ name: String = "n") -> [String] {
  range.map { message("\(name)\($0)", 200 + $0 * 37 % 900) }
}

func names(_ range: Range<Int>, _ name: String = "n") -> [String] { range.map { "\(name)\($0)" } }
