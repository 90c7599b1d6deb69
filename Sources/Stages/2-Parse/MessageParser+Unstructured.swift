import ByteSlices
import Mail
import Records

/// Messages without a report part: complaints and reports in disguise, bounces in plain words, and letters.
extension MessageParser {
  func readUnstructured(
    _ reading: inout HumanReading, _ original: (message: Int, headers: Int), _ record: inout ParseRecord
  ) {
    let type = feedback.homeMadeType(
      tree.parts[0].headers, subject: record.subject, hasOriginal: original.message >= 0 || original.headers >= 0)
    if !type.isEmpty {
      record.kind = .feedback
      record.feedbackType = type
      return
    }
    if let type = hiddenComplaint() {
      record.kind = .feedback
      record.feedbackType = type
      return
    }
    let report = readFreeText(&reading, &record)
    if let body = hiddenReport(reading, isReport: report.isReport, record) {
      record.kind = .dsn
      fillDeliveryStatus(body, report, original, &reading, &record)
      return
    }
    if !report.complaint.isEmpty {
      record.kind = .feedback
      record.feedbackType = report.complaint
      for var recipient in report.recipients {
        recipient.foundIn = .feedback
        recipient.action = .empty
        list.add(recipient, arena)
      }
      return
    }
    guard report.isReport || !head.failedRecipients.isEmpty else { return }
    record.kind = .bounce
    for recipient in report.recipients { list.add(recipient, arena) }
    addFailedRecipients()
    if list.isEmpty { addOriginalRecipients(original, reading, RecipientEvidence()) }
    completeActions(&record)
  }

  /// A feedback report whose part is labelled as something else, and XARF's report in YAML or JSON (x-arf.org).
  func hiddenComplaint() -> ByteSlice? {
    let parts = tree.parts
    guard parts.count > 1 else { return nil }
    let isXARF = feedback.saysXARF(parts[0].headers)
    var at = 1
    while at < parts.count {
      let part = parts[at]
      if part.type == .message {
        at = max(part.end, at + 1)
        continue
      }
      at += 1
      guard part.type.isText || part.type == .other, part.type != .textHTML, part.body.count < 64 << 10 else {
        continue
      }
      // Bodies that are encoded are only decoded where the header promises a report.
      guard isXARF || part.encoding == .identity || feedback.isNamedXARF(part) else { continue }
      let body = part.encoding == .identity ? part.body : decoded(part)
      if FeedbackReport.isUnmistakable(body) { return feedback.read(body, into: &list, flags: &flags) }
      if let type = feedback.readXARF(body, into: &list) { return type }
    }
    return isXARF ? ByteSlice("abuse" as StaticString) : nil
  }

  /// A delivery-status report that is labelled as something else, or stands in the text.
  func hiddenReport(_ reading: HumanReading, isReport: Bool, _ record: ParseRecord) -> ByteSlice? {
    let isMachine =
      isReport || head.isAutoSubmitted || record.envelopeSender == "<>" || tree.parts[0].type == .multipartReport
      || record.from.hasPrefix(caseless: "mailer-daemon@") || record.from.hasPrefix(caseless: "postmaster@")
    guard isMachine else { return nil }
    var at = 1
    let parts = tree.parts
    while at < parts.count {
      let part = parts[at]
      if part.type == .message {
        at = max(part.end, at + 1)
        continue
      }
      if at != reading.part, part.type.isText || part.type == .other, part.body.count < 1 << 20 {
        let body = decoded(part)
        if DeliveryStatus.isUnmistakable(body) { return body }
      }
      at += 1
    }
    return DeliveryStatus.isUnmistakable(reading.own) ? reading.own : nil
  }
}
