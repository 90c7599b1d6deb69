import ByteSlices
import Records

/// Evidence written into a rule file: the part of a parse record that matters to the rule.
public struct Example: Sendable {
  /// The members as the file writes them, in its order: field names, and `recipient`, `is`.
  public let members: [(name: String, values: [String])]
  public let line: Int

  /// What a counterexample is instead, as `category` or `category/reason`, when the file says so.
  public var expected: String? { value("is") }

  static let names: Set<String> = [
    "diagnostic", "text", "subject", "from", "to", "sender", "status", "reply", "action", "kind", "dialect", "original",
    "feedback_type", "disposition", "recipient", "mentioned", "mta", "flag", "found_in", "recipients", "is",
  ]

  func value(_ name: String) -> String? { members.first { $0.name == name }?.values.first }

  private func slice(_ name: String, _ arena: Arena) -> ByteSlice { value(name).map { arena.copy($0) } ?? .empty }

  /// The parse record that a message with this evidence, and no other, would have.
  ///
  /// Where the example says no `kind`: one that has words of a server or a code is a `dsn` with one failed recipient,
  /// one with a feedback type a `feedback`, one with a disposition an `mdn`, any other `plain`.
  public func record(arena: Arena) -> ParseRecord {
    var record = ParseRecord(id: MessageID(words: .zero), source: MessageSource())
    let names = Set(members.map(\.name))
    let failure = !names.isDisjoint(with: ["diagnostic", "status", "reply", "action", "recipient", "mta", "found_in"])
    if let kind = value("kind").flatMap(MessageKind.init(rawValue:)) {
      record.kind = kind
    } else if names.contains("feedback_type") {
      record.kind = .feedback
    } else if names.contains("disposition") {
      record.kind = .mdn
    } else {
      record.kind = failure ? .dsn : .plain
    }
    record.dialect = slice("dialect", arena)
    let from = value("from") ?? "Ann Example <ann@example.net>"
    if let open = from.firstIndex(of: "<") {
      record.fromName = arena.copy(String(from[..<open].drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
      record.from = arena.copy(String(from[from.index(after: open)...].prefix { $0 != ">" }))
    } else {
      record.from = arena.copy(from)
    }
    record.envelopeSender = value("sender") == "null" ? ByteSlice("<>" as StaticString) : record.from
    record.to = slice("to", arena)
    record.subject = slice("subject", arena)
    record.text = slice("text", arena)
    record.feedbackType = slice("feedback_type", arena)
    record.disposition = slice("disposition", arena)
    record.mentioned = members.first { $0.name == "mentioned" }?.values.map { arena.copy($0) } ?? []
    record.flags = members.first { $0.name == "flag" }?.values.map { arena.copy($0) } ?? []
    for (name, values) in members where name.hasPrefix("header.") {
      for value in values { record.headers.append((arena.copy(String(name.dropFirst(7))), arena.copy(value))) }
    }
    if value("original") == "yes" { record.original = OriginalEvidence() }
    if failure {
      var recipient = RecipientEvidence()
      recipient.address = value("recipient").map { arena.copy($0) } ?? ByteSlice("bob@example.org" as StaticString)
      recipient.foundIn = value("found_in").flatMap(AddressProvenance.init(rawValue:)) ?? .finalRecipient
      recipient.diagnostic = slice("diagnostic", arena)
      recipient.status = slice("status", arena)
      recipient.reply = slice("reply", arena)
      recipient.action = value("action").map { arena.copy($0) } ?? ByteSlice("failed" as StaticString)
      recipient.remoteMTA = slice("mta", arena)
      record.recipients = [recipient]
    }
    return record
  }
}
