import ByteSlices
import Mail
import Records

/// Disposition notifications (RFC 8098).
extension MessageParser {
  func readDisposition(_ place: ReportParts, _ reading: HumanReading, _ record: inout ParseRecord) {
    record.kind = .mdn
    let notice = dispositions.read(decoded(tree.parts[place.report]), flags: &flags)
    record.disposition = notice.disposition
    if let refused = dispositions.refusal(notice, text: reading.text, fallback: record.from) {
      list.add(refused, arena)
    } else if notice.final.contains(0x40) {
      var recipient = RecipientEvidence()
      recipient.address = notice.final
      recipient.foundIn = .finalRecipient
      list.add(recipient, arena)
    }
    if !notice.originalMessageID.isEmpty {
      var original = OriginalEvidence()
      original.messageID = notice.originalMessageID
      record.original = original
    }
  }
}
