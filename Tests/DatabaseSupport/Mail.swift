import ByteSlices
import Foundation
import NDJSON
import Records

/// A message of a classify shard, in a form that tests can write down.
package struct Mail: Equatable {
  package var name: String
  package var path: String
  package var format: ArchiveFormat
  package var time: Int?
  package var from: String
  package var to: String
  package var verdicts: [Judged]

  package init(
    name: String, path: String = "/archive/bounces.mbox", format: ArchiveFormat = .mbox, time: Int? = 1_700_000_000,
    from: String = "mailer-daemon@example.net", to: String = "bounces@example.org",
    verdicts: [Judged] = [Judged()]
  ) {
    self.name = name
    self.path = path
    self.format = format
    self.time = time
    self.from = from
    self.to = to
    self.verdicts = verdicts
  }

  package struct Judged: Equatable {
    package var recipient: String
    package var category: Category
    package var reason: String
    package var rule: String
    package var newAddress: String

    package init(
      recipient: String = "Someone@example.com", category: Category = .hardBounce, reason: String = "user_unknown",
      rule: String = "unknown-user", newAddress: String = ""
    ) {
      self.recipient = recipient
      self.category = category
      self.reason = reason
      self.rule = rule
      self.newAddress = newAddress
    }
  }

  /// The record's line; the same name always has the same id.
  package var line: [UInt8] {
    let arena = Arena()
    let id = name.withByteSlice { MessageID(of: $0) }
    let source = MessageSource(path: arena.copy(path), format: format, offset: name.utf8.count, length: 100)
    var record = VerdictRecord(id: id, source: source)
    record.time = time
    record.from = arena.copy(from)
    record.to = arena.copy(to)
    record.subject = arena.copy("Subject of \(name)")
    record.messageID = "original@example.org"
    record.verdicts = verdicts.map { judged in
      var verdict = Verdict()
      verdict.recipient = arena.copy(judged.recipient)
      verdict.category = judged.category
      verdict.reason = arena.copy(judged.reason)
      verdict.rule = arena.copy(judged.rule)
      verdict.hard = judged.category.isHard(reason: judged.reason)
      verdict.newAddress = arena.copy(judged.newAddress)
      verdict.status = "5.1.1"
      verdict.reply = "550"
      verdict.diagnostic = "550 5.1.1 no such user"
      verdict.field = "diagnostic"
      verdict.foundIn = .finalRecipient
      return verdict
    }
    let buffer = ByteBuffer()
    var json = JSONWriter(buffer)
    record.encode(to: &json)
    return Array(buffer.slice.dropLast())
  }
}

extension ByteSlice: ExpressibleByStringLiteral {
  public init(stringLiteral value: StaticString) { self.init(value) }
}
