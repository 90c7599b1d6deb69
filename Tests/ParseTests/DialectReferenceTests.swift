import ByteSlices
import Foundation
import Records
import Testing

@testable import Parse

@Suite struct DialectReferenceTests {
  private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "../../docs/dialects.md")

  /// The counts are those of a collection that is not here; all else comes from the data files.
  @Test func thePageAgreesWithTheDataFiles() throws {
    let written = try String(contentsOf: DialectReferenceTests.page, encoding: .utf8)
    let wanted = try DialectSet.bundled().reference(countsOf: written)
    if written == wanted { return }
    let (old, new) = (written.split(separator: "\n"), wanted.split(separator: "\n"))
    let line = zip(old, new).first { $0 != $1 }.map { "docs/dialects.md has '\($0)', the files say '\($1)'" }
    Issue.record(
      """
      \(line ?? "docs/dialects.md ends early or late"). To resolve this, run: \
      returnmill dialects --doc --counts-from docs/dialects.md > page && mv page docs/dialects.md
      """)
  }

  @Test func everyDialectHasARowAndAnExample() throws {
    let set = try DialectSet.bundled()
    let page = set.reference(DialectTally())
    for entry in set.entries {
      #expect(page.contains("| [\(entry.id)](#\(entry.id)) | "), "\(entry.id)")
      #expect(page.contains("\n## \(entry.id)\n"), "\(entry.id)")
    }
    #expect(Set(set.entries.map(\.id)).count == set.dialects.count)
  }

  @Test func theTallyTellsDialectsFromStructure() {
    var tally = DialectTally()
    var record = ParseRecord(id: MessageID(words: .zero), source: MessageSource())
    record.kind = .dsn
    tally.add(record)
    record.dialect = ByteSlice("postfix" as StaticString)
    tally.add(record)
    #expect(tally.total == 2)
    #expect(tally.counts == ["postfix": 1])
    #expect(tally.structured == ["dsn": 1])
  }
}
