import ByteSlices
import Foundation
import NDJSON
import Records
import Spool
import Testing

@testable import Parse

/// The stage fetches messages by value and by reference, and sets aside what is not where it was.
@Suite struct ParseStageTests {
  private let message = "From: ann@example.org\nTo: list@example.com\nSubject: hello\n\nStop, please.\n"

  /// The ingest line of a message that stands in a file, or in the line itself.
  private func line(_ text: String, path: String, embedded: Bool) -> [UInt8] {
    let buffer = ByteBuffer()
    text.withByteSlice { text in
      path.withByteSlice { path in
        var json = JSONWriter(buffer)
        IngestRecord(
          id: MessageID(of: text), source: MessageSource(path: path, format: .eml, length: text.count),
          raw: embedded ? text : nil
        ).encode(to: &json)
      }
    }
    return Array(buffer.slice.dropLast())
  }

  private func run(_ lines: [[UInt8]], in root: String) throws -> (records: [NSDictionary], manifest: ShardManifest) {
    let dialects = try DialectSet.bundled()
    let transform = try ParseTransform(dialects: dialects, options: ParseOptions())
    let folder = Workspace(root: root).spool(.parse)
    let writer = try ShardWriter(folder: folder, shard: 0)
    for line in lines { try line.withByteSlice { try transform.transform($0, into: writer) } }
    let key = ShardKey(ParseStage.keyParts(dialects: dialects.digest, options: ParseOptions()))
    let manifest = try writer.commit(key: key, input: lines.count)
    var records: [NSDictionary] = []
    try ShardReader().forEachLine(folder, 0) { line in
      if let record = try JSONSerialization.jsonObject(with: Data(line.raw)) as? NSDictionary { records.append(record) }
    }
    return (records, manifest)
  }

  @Test func messagesComeByValueAndByReference() throws {
    let root = NSTemporaryDirectory() + "parse-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    let file = root + "/one.eml"
    // In the archive with CRLF; the identity is that of the canonical form.
    try Data(message.replacingOccurrences(of: "\n", with: "\r\n").utf8).write(to: URL(fileURLWithPath: file))
    let (records, manifest) = try run(
      [line(message, path: file, embedded: false), line(message, path: "/gone", embedded: true)], in: root)
    #expect(manifest.output == 2 && manifest.quarantined == 0)
    #expect(records.map { $0["text"] as? String } == ["Stop, please.", "Stop, please."])
    #expect(records[0]["id"] as? String == records[1]["id"] as? String)
    #expect(records[0]["from"] as? String == "ann@example.org")
  }

  @Test func whatCannotBeFetchedIsSetAside() throws {
    let root = NSTemporaryDirectory() + "parse-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    let file = root + "/other.eml"
    try Data("Subject: another\n\nmessage\n".utf8).write(to: URL(fileURLWithPath: file))
    let lines = [
      line(message, path: root + "/gone.eml", embedded: false), line(message, path: file, embedded: false),
      Array("{\"id\":1}".utf8), line(message, path: "", embedded: true),
    ]
    let (records, manifest) = try run(lines, in: root)
    #expect(records.count == 1)
    #expect(manifest.quarantined == 3)
  }

  @Test func theKeyNamesWhatTheOutputDependsOn() throws {
    let dialects = try DialectSet.bundled()
    let plain = ShardKey(ParseStage.keyParts(dialects: dialects.digest, options: ParseOptions()))
    let more = ShardKey(
      ParseStage.keyParts(dialects: dialects.digest, options: ParseOptions(extraHeaders: ["X-Campaign"])))
    #expect(more.staleness(since: plain) == "configuration changed")
  }

  @Test func configuredHeadersAreShown() throws {
    let text = "From: ann@example.org\nX-Campaign: spring\nX-Other: no\n\nhi\n"
    let record = try Reading.record(of: text, options: ParseOptions(extraHeaders: ["X-Campaign"]))
    #expect(record["headers"] as? [[String]] == [["x-campaign", "spring"]])
  }
}
