import ByteSlices
import Records

extension FactField {
  /// What a message, or a recipient of it, says of the field, in words for a person; `none` when nothing.
  func value(in record: ParseRecord, _ recipient: RecipientEvidence?) -> String {
    let value: String =
      switch self {
      case .kind: record.kind.rawValue
      case .dialect: String(record.dialect)
      case .original: record.original == nil ? "no" : "yes"
      case .sender: record.envelopeSender.isEmpty ? "none" : record.envelopeSender == "<>" ? "null" : "given"
      case .recipients: FactField.many(record.recipients.count)
      case .mentioned: FactField.many(record.mentioned.count)
      case .words: ByteSlice(WordCount(record.text).fact).description
      case .disposition: String(record.disposition)
      case .flag: record.flags.map { String($0) }.joined(separator: ", ")
      case .feedbackType: String(record.feedbackType)
      case .emptyText: record.text.trimmed.isEmpty ? "yes" : "no"
      case .status: recipient.map { String($0.status) } ?? ""
      case .reply: recipient.map { String($0.reply) } ?? ""
      case .action: recipient.map { String($0.action) } ?? ""
      case .mta: recipient.map { String($0.remoteMTA.isEmpty ? $0.reportingMTA : $0.remoteMTA) } ?? ""
      case .foundIn: recipient.flatMap { $0.address.isEmpty ? nil : $0.foundIn.rawValue } ?? ""
      case .recipientDomain:
        recipient.flatMap { recipient in
          recipient.address.lastIndex(of: 0x40).map { String(recipient.address.dropFirst($0 + 1)) }
        } ?? ""
      }
    return value.isEmpty ? "none" : value
  }

  private static func many(_ count: Int) -> String { count == 0 ? "none" : count == 1 ? "one" : "many" }
}
