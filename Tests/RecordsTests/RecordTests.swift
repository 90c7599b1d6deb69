import ByteSlices
import Foundation
import NDJSON
import Testing

@testable import Records

@Suite struct RecordTests {
  private let arena = Arena()

  private func encoded(_ encode: (inout JSONWriter) -> Void) -> (buffer: ByteBuffer, line: ByteSlice) {
    let buffer = ByteBuffer()
    var json = JSONWriter(buffer)
    encode(&json)
    return (buffer, buffer.slice.dropLast(1))
  }

  @Test func theIdentityIsTheSHA256() {
    let id = MessageID(of: ByteSlice("abc"))
    #expect(id.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(id.hex.withByteSlice { MessageID(hex: $0) } == id)
    #expect(MessageID(hex: ByteSlice("ba78")) == nil)
  }

  @Test func anIdentityIsSixtyFourHexadecimalDigitsAndNothingElse() throws {
    let spelling = "0123456789abcdef9876543210fedcba00000000000000ffa9b8c7d6e5f40a0f"
    let upper = spelling.uppercased()
    #expect(spelling.withByteSlice { MessageID(hex: $0) }?.hex == spelling)
    #expect(upper.withByteSlice { MessageID(hex: $0) }?.hex == spelling)
    let digits = Set("0123456789abcdefABCDEF".utf8)
    for place in [0, 7, 8, 31, 63] {
      for byte in UInt8.min...UInt8.max {
        var bytes = Array(spelling.utf8)
        bytes[place] = byte
        #expect((bytes.withByteSlice { MessageID(hex: $0) } != nil) == digits.contains(byte), "\(byte) at \(place)")
      }
    }
  }

  @Test func ingestLinesComeBack() throws {
    let raw = (0...255).map { UInt8($0) }
    let id = MessageID(of: ByteSlice("x"))
    let source = MessageSource(path: ByteSlice("/mail/box"), format: .mbox, offset: 12, length: 345)
    let (buffer, line) = raw.withByteSlice { (slice: ByteSlice) in
      encoded { IngestRecord(id: id, source: source, received: -5, raw: slice).encode(to: &$0) }
    }
    let record = try IngestRecord(line: line, arena: arena)
    #expect(record.id == id)
    #expect(record.source.path == "/mail/box")
    #expect(record.source.format == .mbox)
    #expect(record.source.offset == 12)
    #expect(record.source.length == 345)
    #expect(record.received == -5)
    #expect(record.raw.map { Array($0) } == raw)
    _ = buffer
  }

  @Test func aPathOfAnyBytesComesBack() throws {
    let path: [UInt8] = Array("/mail/caf".utf8) + [0xE9]
    let (buffer, line) = path.withByteSlice { (slice: ByteSlice) in
      encoded { IngestRecord(id: MessageID(of: slice), source: MessageSource(path: slice)).encode(to: &$0) }
    }
    #expect(try Array(IngestRecord(line: line, arena: arena).source.path) == path)
    _ = buffer
  }

  @Test func parseLinesComeBack() throws {
    var record = ParseRecord(id: MessageID(of: ByteSlice("x")), source: MessageSource(path: ByteSlice("a.eml")))
    record.time = 1_700_000_000
    record.kind = .dsn
    record.dialect = ByteSlice("postfix")
    record.from = ByteSlice("mailer-daemon@example.com")
    record.envelopeSender = ByteSlice("<>")
    record.subject = ByteSlice("Undelivered \"mail\"")
    record.headers = [(ByteSlice("auto-submitted"), ByteSlice("auto-replied"))]
    record.text = ByteSlice("one\ntwo")
    record.mentioned = [ByteSlice("a@example.com"), ByteSlice("b@example.com")]
    var recipient = RecipientEvidence()
    recipient.address = ByteSlice("a@example.com")
    recipient.foundIn = .finalRecipient
    recipient.status = ByteSlice("5.1.1")
    record.recipients = [recipient]
    var original = OriginalEvidence()
    original.listID = ByteSlice("news.example.com")
    original.time = 1
    record.original = original
    record.flags = [ByteSlice("depth_limit")]
    let (buffer, line) = encoded { record.encode(to: &$0) }
    let back = try ParseRecord(line: line, arena: arena)
    let (again, second) = encoded { back.encode(to: &$0) }
    #expect(second == line)
    #expect(back.recipients.first?.foundIn == .finalRecipient)
    #expect(back.original.map { $0.listID == "news.example.com" } == true)
    _ = (buffer, again)
  }

  @Test func theGravestVerdictNamesTheMessage() throws {
    var record = VerdictRecord(id: MessageID(of: ByteSlice("x")), source: MessageSource(path: ByteSlice("a.eml")))
    for category in [Category.deliveryStatus, .hardBounce, .softBounce] {
      var verdict = Verdict()
      verdict.category = category
      verdict.reason = ByteSlice("reason")
      verdict.rule = ByteSlice("rule")
      record.verdicts.append(verdict)
    }
    #expect(record.category == .hardBounce)
    let (buffer, line) = encoded { record.encode(to: &$0) }
    let back = try VerdictRecord(line: line, arena: arena)
    #expect(back.verdicts.map(\.category) == [.deliveryStatus, .hardBounce, .softBounce])
    _ = buffer
  }

  @Test func everyCategoryHasReasonsAndAPlace() {
    #expect(Category.allCases.count == 11)
    for category in Category.allCases { #expect(!category.reasons.isEmpty) }
    #expect(Category.redirect.isHard(reason: "moved"))
    #expect(!Category.softBounce.isHard(reason: "mailbox_full"))
  }

  @Test func aLineWithoutAnIdIsRefused() {
    #expect(throws: JSONError.self) { try ParseRecord(line: ByteSlice("{\"kind\":\"dsn\"}"), arena: arena) }
    #expect(throws: JSONError.self) { try VerdictRecord(line: ByteSlice("{\"id\":\"12\"}"), arena: arena) }
  }
}
