import Foundation
import Testing

@testable import Subscribers

@Suite struct FileTests {
  private func records(_ text: String, quoted: Bool = true) throws -> [String] {
    let path = FileManager.default.temporaryDirectory.appending(path: "records-\(UUID().uuidString)").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    let reader = try LineReader(InputFile(path), quoted: quoted)
    var records: [String] = []
    while let record = try reader.next() {
      records.append("\(record.line):" + String(decoding: record.bytes, as: UTF8.self))
    }
    return records
  }

  @Test func recordsEndAtLineEndsOutsideOfQuotes() throws {
    #expect(try records("a\nb\r\n\nc\rd") == ["1:a", "2:b", "4:c", "5:d"])
    #expect(try records("\u{FEFF}a,b\n1,\"x\ny\"\n2,3\n") == ["1:a,b", "2:1,\"x\ny\"", "4:2,3"])
    #expect(try records("a\n\"x\ny\n", quoted: false) == ["1:a", "2:\"x", "3:y"])
    #expect(try records("") == [])
    #expect(try records("a\r\nb\r") == ["1:a", "2:b"])
  }

  @Test func aQuoteThatDoesNotEndCostsItsLine() throws {
    #expect(try records("a,b\n1,\"x\n2,3\n4,5\n") == ["1:a,b", "2:1,\"x", "3:2,3", "4:4,5"])
  }

  @Test func readsFilesLargerThanAPiece() throws {
    let line = String(repeating: "x", count: 997)
    let found = try records((0..<3000).map { "\($0),\(line)" }.joined(separator: "\r\n"))
    #expect(found.count == 3000)
    #expect(found.enumerated().allSatisfy { $1 == "\($0 + 1):\($0),\(line)" })
  }

  @Test func valuesAreThoseOfTheStandard() throws {
    func values(_ text: String) throws -> [String] { try CSV.values(Array(text.utf8), separator: 0x2C) }
    #expect(try values("a,,\"b,\"\"c\"\"\",") == ["a", "", "b,\"c\"", ""])
    #expect(try values("\"\"") == [""])
    #expect(throws: CSV.Malformed.self) { try values("\"a\"b,c") }
    #expect(throws: CSV.Malformed.self) { try values("\"a") }
    #expect(throws: CSV.Malformed.self) { try CSV.values([0x61, 0xFF], separator: 0x2C) }
    var text = ""
    CSV.append(["a", "b c", " x", "1,2", "\"q\"", "l\nm"], to: &text)
    #expect(text == "a,b c,\" x\",\"1,2\",\"\"\"q\"\"\",\"l\nm\"\n")
    #expect(CSV.separator(of: Array("a;b;\"c,d,e\"".utf8)) == 0x3B)
    #expect(CSV.separator(of: Array("email".utf8)) == 0x2C)
  }

  @Test(arguments: [
    ("ada@example.org", "ada@example.org"), ("Ada <ada@Example.org>", "ada@Example.org"),
    ("mailto:a.b+c@example.org", "a.b+c@example.org"), ("jörg@müller.example", "jörg@müller.example"),
    ("\"a b\"@example.org", "\"a b\"@example.org"), ("a@localhost", "a@localhost"),
    ("ada", nil), ("@example.org", nil), ("ada@", nil), ("a@b@example.org", nil), ("a b@example.org", nil),
    ("a@exa mple.org", nil), ("a@.org", nil), (".a@example.org", nil), ("a@-x.org", nil), ("a,b@example.org", nil),
  ]) func addressesAreChecked(text: String, expected: String?) { #expect(MailAddress.checked(text) == expected) }

  @Test func timesComeBack() {
    #expect(Time.parse("2026-01-31T12:00:00Z").map(Time.text) == "2026-01-31T12:00:00Z")
    #expect(Time.parse("2026-01-31") == Time.parse("2026-01-31T00:00:00Z"))
    #expect(Time.parse("2026-01-31 12:00:00") == Time.parse("2026-01-31T12:00:00Z"))
    #expect(Time.parse("2026-01-31T12:00:00.123+02:00") == Time.parse("2026-01-31T10:00:00Z"))
    #expect(Time.parse("1700000000") == 1_700_000_000)
    #expect(Time.parse("yesterday") == nil)
  }
}
