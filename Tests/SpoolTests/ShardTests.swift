import ByteSlices
import Foundation
import Testing

@testable import Spool

@Suite struct ShardTests {
  let root: String
  let folder: SpoolFolder

  init() throws {
    root = NSTemporaryDirectory() + "spool-\(UUID().uuidString)"
    folder = Workspace(root: root).spool(.parse)
  }

  private func write(_ count: Int, shard: Int = 1, aside: Int = 0) throws -> ShardManifest {
    let writer = try ShardWriter(folder: folder, shard: shard)
    for i in 0..<count {
      writer.json.beginObject()
      writer.json.field("n", i)
      writer.json.field("text", String(repeating: "returned mail \(i % 97) ", count: 40))
      writer.json.endObject()
      writer.json.endLine()
      try writer.endRecord()
    }
    for i in 0..<aside { "bad \(i)".withByteSlice { writer.quarantine(id: nil, reason: "test", bytes: $0) } }
    return try writer.commit(key: ShardKey([.init("rules", "1")]), input: count + aside)
  }

  @Test func linesComeBackInOrder() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let manifest = try write(5000)
    #expect(manifest.members.count > 2)
    var seen = 0
    try ShardReader().forEachLine(folder, 1) { line in
      if String(line).hasPrefix("{\"n\":\(seen),") { seen += 1 }
    }
    #expect(seen == 5000)
    #expect(manifest.members.reduce(0) { $0 + $1.records } == 5000)
    #expect(try folder.manifest(1) == manifest)
    #expect(try folder.shards() == [1])
  }

  @Test func theSameRecordsGiveTheSameBytes() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let first = try write(3000)
    let bytes = try Files.read(folder.dataPath(1))
    #expect(try write(3000).sha256 == first.sha256)
    #expect(try Files.read(folder.dataPath(1)) == bytes)
  }

  @Test func gzipAndPythonReadIt() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    _ = try write(3000)
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/bin/sh")
    gzip.arguments = ["-c", "gzip -t \"$0\" && test $(zcat \"$0\" | wc -l) -eq 3000", folder.dataPath(1)]
    try gzip.run()
    gzip.waitUntilExit()
    #expect(gzip.terminationStatus == 0)
  }

  @Test func whatIsSetAsideIsCountedAndKept() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let manifest = try write(10, aside: 3)
    #expect(manifest.quarantined == 3)
    var lines: [String] = []
    try ShardReader().forEachLine(in: folder.quarantinePath(1)) { lines.append(String($0)) }
    #expect(lines.count == 3)
    #expect(lines[0] == #"{"reason":"test","raw":"bad 0"}"#)
  }

  @Test func aCountThatDoesNotAddUpIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let writer = try ShardWriter(folder: folder, shard: 1)
    #expect(throws: SpoolError.self) { try writer.commit(key: ShardKey([]), input: 1) }
    #expect(try folder.shards().isEmpty)
  }

  @Test func damageIsNoticed() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    _ = try write(3000)
    var bytes = try Files.read(folder.dataPath(1))
    bytes[bytes.count / 2] ^= 0xFF
    try bytes.withByteSlice { try Files.writeAtomically($0, to: folder.dataPath(1)) }
    #expect(throws: SpoolError.self) { try ShardReader().forEachLine(folder, 1) { _ in } }
    bytes.removeLast(100)
    try bytes.withByteSlice { try Files.writeAtomically($0, to: folder.dataPath(1)) }
    #expect(throws: SpoolError.self) { try ShardReader().forEachLine(folder, 1) { _ in } }
  }

  @Test func whatAKilledRunLeftIsSwept() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    _ = try write(10)
    try Files.writeAtomically("x", to: folder.dataPath(2))
    _ = FileManager.default.createFile(atPath: folder.dataPath(3) + ".tmp", contents: nil)
    #expect(try folder.shards() == [1])
    try folder.sweep()
    #expect(try Files.names(in: folder.path) == ["000001.manifest.json", "000001.ndjson.gz"])
  }

  @Test func stalenessSaysWhy() {
    let old = ShardKey([.init("stage logic", "1"), .init("rules", "a")])
    #expect(old.staleness(since: old) == nil)
    #expect(ShardKey([.init("stage logic", "1"), .init("rules", "b")]).staleness(since: old) == "rules changed")
    #expect(ShardKey([.init("stage logic", "1")]).staleness(since: old) == "rules no longer counts")
  }

  @Test func oneProcessAtATime() throws {
    defer { try? FileManager.default.removeItem(atPath: root) }
    let workspace = Workspace(root: root)
    var lock: WorkspaceLock? = try WorkspaceLock(workspace)
    // flock belongs to the open file, so a second opening in this process is refused too.
    #expect(throws: SpoolError.self) { try WorkspaceLock(workspace) }
    _ = lock
    lock = nil
    _ = try WorkspaceLock(workspace)
  }
}
