import ByteSlices
import Foundation
import Mail
import NDJSON
import Records
import Testing

@testable import Parse

/// Each `.eml` of `Golden` gives the record in the `.json` beside it, with LF, CRLF and CR line ends alike.
///
/// After a change that is meant, `RETURNMILL_UPDATE_GOLDEN=1 swift test --filter GoldenTests` writes the records anew;
/// read the difference before it is committed.
@Suite struct GoldenTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

  static let names: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".eml") }.map { String($0.dropLast(4)) }.sorted()
  }()

  @Test func thereAreGoldenMessages() { #expect(GoldenTests.names.count >= 20) }

  @Test(arguments: names) func recordIsAsWritten(_ name: String) throws {
    let message = try Array(Data(contentsOf: GoldenTests.folder.appendingPathComponent(name + ".eml")))
    let twin = GoldenTests.folder.appendingPathComponent(name + ".json")
    let record = try Reading.record(of: message)
    if ProcessInfo.processInfo.environment["RETURNMILL_UPDATE_GOLDEN"] != nil {
      try JSONSerialization.data(
        withJSONObject: record, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      ).write(to: twin)
    }
    let expected = try JSONSerialization.jsonObject(with: Data(contentsOf: twin)) as? NSDictionary
    #expect(record == expected)
  }

  @Test(arguments: names) func lineEndsDoNotMatter(_ name: String) throws {
    let message = try Array(Data(contentsOf: GoldenTests.folder.appendingPathComponent(name + ".eml")))
    let expected = try Reading.record(of: message)
    for end in [[0x0D, 0x0A], [0x0D]] as [[UInt8]] {
      let twin = Array(message.split(separator: 0x0A, omittingEmptySubsequences: false).joined(separator: end))
      #expect(try Reading.record(of: twin) == expected)
    }
  }

  /// Cut anywhere, a message still gives a record that can be read back.
  @Test(arguments: names) func cutMessagesAreReadToo(_ name: String) throws {
    let message = try Array(Data(contentsOf: GoldenTests.folder.appendingPathComponent(name + ".eml")))
    for length in stride(from: 0, to: message.count, by: 17) {
      let record = try Reading.record(of: Array(message.prefix(length)))
      #expect(record["kind"] != nil)
    }
  }
}

/// Parses a message as the stage does: made canonical, then read.
enum Reading {
  static func record(of raw: [UInt8], options: ParseOptions = ParseOptions()) throws -> NSDictionary {
    let parser = try MessageParser(dialects: try dialects.get(), options: options)
    let buffer = ByteBuffer()
    let arena = Arena()
    raw.withByteSlice { raw in
      var json = JSONWriter(buffer)
      let message = CanonicalBytes.canonical(raw, format: .eml, arena: arena)
      let source = MessageSource(path: ByteSlice("golden.eml" as StaticString), length: message.count)
      parser.parse(message, id: MessageID(words: .zero), source: source, received: nil).encode(to: &json)
    }
    let object = try JSONSerialization.jsonObject(with: Data(buffer.slice.raw)) as? NSDictionary
    let record = try #require(object?.mutableCopy() as? NSMutableDictionary)
    record.removeObject(forKey: "id")
    record.removeObject(forKey: "source")
    return record
  }

  static func record(of text: String, options: ParseOptions = ParseOptions()) throws -> NSDictionary {
    try record(of: Array(text.utf8), options: options)
  }

  private static let dialects = Result { try DialectSet.bundled() }
}
