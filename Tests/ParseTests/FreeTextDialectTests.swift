import ByteSlices
import Foundation
import Records
import Rules
import Testing

@testable import Parse

/// Each dialect's examples are read as they stand in the data files.
struct FreeTextDialectTests {
  static let set = Result { try DialectSet.bundled() }

  @Test func everyExampleReadsAsItSays() throws {
    let set = try FreeTextDialectTests.set.get()
    #expect(set.dialects.count > 0)
    for dialect in set.dialects {
      let id = String(dialect.id.slice)
      #expect(!dialect.examples.isEmpty, "\(id) has no example")
      for example in dialect.examples { try check(example, id, set) }
    }
  }

  private func check(_ example: DialectExample, _ id: String, _ set: DialectSet) throws {
    let arena = Arena()
    let reader = try FreeTextReader(set, arena: arena)
    let place = "\(id), line \(example.line)"
    let input = FreeTextInput(
      headers: arena.copy(example.headers), subject: arena.copy(example.subject), from: arena.copy(example.from),
      text: arena.copy(example.text))
    let report = reader.read(input)
    #expect(report.isReport == example.isReport, "\(place)")
    guard example.isReport else {
      #expect(report.recipients.isEmpty, "\(place)")
      return
    }
    #expect(String(report.dialect) == id, "\(place)")
    #expect(String(report.complaint) == example.complaint ?? "", "\(place)")
    let addresses = report.recipients.map { String($0.address) }
    #expect(addresses == example.recipients.compactMap { $0["address"] }, "\(place)")
    for (recipient, expected) in zip(report.recipients, example.recipients) {
      let fields = [
        "alias": recipient.alias, "status": recipient.status, "reply": recipient.reply, "action": recipient.action,
        "diagnostic": recipient.diagnostic,
      ]
      for (name, value) in fields {
        if let wanted = expected[name] { #expect(String(value) == wanted, "\(place): \(name) of \(recipient.address)") }
      }
    }
    if let original = example.original {
      let rest = String(input.text.dropFirst(report.reportEnd))
      #expect(rest.hasPrefix(original), "\(place): the original begins with \(rest.prefix(60))")
    }
  }

  @Test func theBinaryHoldsEveryFileOfTheFolder() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "../../Sources/Rules/dialects")
    let onDisk = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
    let embedded = (0..<rm_dialect_file_count).map { String(cString: rm_dialect_file_at($0).name) }
    #expect(embedded == onDisk.sorted())
  }

  /// Patterns match bytes, caseless in ASCII: the letter that begins a sentence elsewhere is made to match too.
  @Test func wordsBeginWithEitherCase() {
    #expect(DialectFile.withCapitals("(письмо|error)") == "((?:п|П)исьмо|error)")
    #expect(DialectFile.withCapitals("\\bécole né") == "\\b(?:é|É)cole né")
    #expect(DialectFile.withCapitals("не (может|был)") == "(?:н|Н)е ((?:м|М)ожет|(?:б|Б)ыл)")
    #expect(DialectFile.withCapitals("plain (a|ß)") == "plain (a|ß)")
  }

  /// An original that thanks for something does not make its report a vacation notice.
  @Test func theOriginalHasNoSayInWhatTheReportIs() throws {
    let report = """
      Return-Path: <>
      From: Administrateur <admin@example.com>
      Subject: Message

      Le message pour anna@example.com est refus=C3=A9.

      ----- Original message -----

      From: News <news@example.org>
      To: anna@example.com

      Thank you for reading.

      """
    #expect(try Reading.record(of: report)["kind"] as? String == "bounce")
  }
}
