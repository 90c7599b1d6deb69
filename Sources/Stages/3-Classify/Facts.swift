import ByteSlices
import Records

/// What a message and its recipients show without a look at their words: what rules call facts.
enum Facts {
  static let kind = FactTable.place(of: .kind)
  static let dialect = FactTable.place(of: .dialect)
  static let original = FactTable.place(of: .original)
  static let emptyText = FactTable.place(of: .emptyText)
  static let words = FactTable.place(of: .words)
  static let sender = FactTable.place(of: .sender)
  static let recipients = FactTable.place(of: .recipients)
  static let mentioned = FactTable.place(of: .mentioned)
  static let feedbackType = FactTable.place(of: .feedbackType)
  static let disposition = FactTable.place(of: .disposition)
  static let flag = FactTable.place(of: .flag)
  static let status = FactTable.place(of: .status)
  static let reply = FactTable.place(of: .reply)
  static let action = FactTable.place(of: .action)
  static let foundIn = FactTable.place(of: .foundIn)
  static let mta = FactTable.place(of: .mta)
  static let recipientDomain = FactTable.place(of: .recipientDomain)

  /// Tells `look` each fact of a message, and its place in the table of facts.
  @inline(__always)
  static func show(_ record: ParseRecord, _ look: (ByteSlice, Int) -> Void) {
    look(ByteSlice(record.kind.fact), kind)
    look(record.dialect, dialect)
    look(ByteSlice(record.original == nil ? "no" : "yes" as StaticString), original)
    look(ByteSlice(record.text.trimmed.isEmpty ? "yes" : "no" as StaticString), emptyText)
    look(
      ByteSlice(
        record.envelopeSender.isEmpty ? "none" : record.envelopeSender == "<>" ? "null" : "given" as StaticString),
      sender)
    look(ByteSlice(many(record.recipients.count)), recipients)
    look(ByteSlice(many(record.mentioned.count)), mentioned)
    look(record.feedbackType, feedbackType)
    look(record.disposition, disposition)
    if record.flags.isEmpty { look(.empty, flag) }
    for sign in record.flags { look(sign, flag) }
  }

  /// The same for a recipient.
  @inline(__always)
  static func show(_ recipient: RecipientEvidence, _ look: (ByteSlice, Int) -> Void) {
    look(recipient.status, status)
    look(recipient.reply, reply)
    look(recipient.action, action)
    look(recipient.address.isEmpty ? ByteSlice("none" as StaticString) : ByteSlice(recipient.foundIn.fact), foundIn)
    look(recipient.remoteMTA.isEmpty ? recipient.reportingMTA : recipient.remoteMTA, mta)
    let at = recipient.address.lastIndex(of: 0x40)
    look(at.map { recipient.address.dropFirst($0 + 1) } ?? .empty, recipientDomain)
  }

  private static func many(_ count: Int) -> StaticString { count == 0 ? "none" : count == 1 ? "one" : "many" }
}

extension MessageKind {
  fileprivate var fact: StaticString {
    switch self {
    case .dsn: "dsn"
    case .bounce: "bounce"
    case .mdn: "mdn"
    case .feedback: "feedback"
    case .plain: "plain"
    }
  }
}

extension AddressProvenance {
  fileprivate var fact: StaticString {
    switch self {
    case .finalRecipient: "final-recipient"
    case .originalRecipient: "original-recipient"
    case .failedRecipients: "x-failed-recipients"
    case .verp: "verp"
    case .text: "text"
    case .original: "original"
    case .feedback: "feedback"
    case .from: "from"
    }
  }
}
