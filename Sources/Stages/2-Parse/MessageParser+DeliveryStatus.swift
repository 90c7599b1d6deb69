import ByteSlices
import Mail
import Records

/// Delivery-status reports (RFC 3464), completed from the text where their fields leave gaps.
extension MessageParser {
  func readDeliveryStatus(
    _ place: ReportParts, _ reading: inout HumanReading, _ original: (message: Int, headers: Int),
    _ record: inout ParseRecord
  ) {
    record.kind = .dsn
    let parts = tree.parts
    let parent = parts[place.report].parent
    var nameless: RecipientEvidence?
    // Some write a part for each recipient.
    for at in place.report..<parts.count where parts[at].type == .deliveryStatus && parts[at].parent == parent {
      let report = deliveryStatus.read(decoded(parts[at]), into: &list, flags: &flags)
      nameless = nameless ?? report.nameless
    }
    complete(nameless, nil, original, &reading, &record)
  }

  func fillDeliveryStatus(
    _ body: ByteSlice, _ free: FreeTextReport, _ original: (message: Int, headers: Int),
    _ reading: inout HumanReading, _ record: inout ParseRecord
  ) {
    let report = deliveryStatus.read(body, into: &list, flags: &flags)
    complete(report.nameless, free, original, &reading, &record)
  }

  /// Fills in from the text what the fields leave out.
  func complete(
    _ nameless: RecipientEvidence?, _ known: FreeTextReport?, _ original: (message: Int, headers: Int),
    _ reading: inout HumanReading, _ record: inout ParseRecord
  ) {
    let gaps = list.isEmpty || list.items.count <= 64 && list.items.contains(where: MessageParser.hasGap)
    var report = known
    if report == nil, gaps, !reading.text.isEmpty { report = readFreeText(&reading, &record) }
    let found = report?.recipients ?? []
    if list.isEmpty {
      for recipient in found { list.add(filled(recipient, from: nameless), arena) }
      addFailedRecipients(nameless ?? RecipientEvidence())
      if list.isEmpty { addOriginalRecipients(original, reading, nameless ?? RecipientEvidence()) }
    } else if gaps, !found.isEmpty {
      for at in list.items.indices where MessageParser.hasGap(list.items[at]) {
        guard let words = match(list.items[at], found, alone: list.items.count == 1) else { continue }
        list.update(at) { add(words, to: &$0) }
      }
    }
    completeActions(&record)
  }

  /// True when the text may know more than the fields.
  static func hasGap(_ recipient: RecipientEvidence) -> Bool {
    switch recipient.action.first {
    case 0x72: return false  // relayed
    case 0x65: return false  // expanded
    case 0x64 where recipient.action == "delivered": return false
    default: return StatusCode.isVague(recipient.status) || recipient.diagnostic.isEmpty
    }
  }

  func match(
    _ recipient: RecipientEvidence, _ found: [RecipientEvidence], alone: Bool
  ) -> RecipientEvidence? {
    for candidate in found {
      if candidate.address.equals(caseless: recipient.address) { return candidate }
      if !recipient.alias.isEmpty, candidate.address.equals(caseless: recipient.alias) { return candidate }
      if !candidate.alias.isEmpty, candidate.alias.equals(caseless: recipient.address) { return candidate }
    }
    return alone && found.count == 1 ? found[0] : nil
  }

  /// Adds the text's words about a recipient to those of the fields.
  func add(_ words: RecipientEvidence, to recipient: inout RecipientEvidence) {
    if recipient.diagnostic.isEmpty {
      recipient.diagnostic = words.diagnostic
    } else if !words.diagnostic.isEmpty, recipient.diagnostic.firstIndex(of: words.diagnostic) == nil {
      recipient.diagnostic =
        words.diagnostic.firstIndex(of: recipient.diagnostic) == nil
        ? arena.concat(recipient.diagnostic, ByteSlice(" " as StaticString), words.diagnostic) : words.diagnostic
    }
    recipient.status = StatusCode.better(recipient.status, words.status)
    if recipient.reply.isEmpty { recipient.reply = words.reply }
    if recipient.action.isEmpty { recipient.action = words.action }
    if recipient.remoteMTA.isEmpty { recipient.remoteMTA = words.remoteMTA }
  }

  func filled(_ recipient: RecipientEvidence, from nameless: RecipientEvidence?) -> RecipientEvidence {
    guard let nameless else { return recipient }
    var filled = recipient
    if !nameless.action.isEmpty { filled.action = nameless.action }
    if !StatusCode.isVague(nameless.status) || filled.status.isEmpty { filled.status = nameless.status }
    if filled.diagnostic.isEmpty { filled.diagnostic = nameless.diagnostic }
    if filled.reply.isEmpty { filled.reply = nameless.reply }
    if filled.remoteMTA.isEmpty { filled.remoteMTA = nameless.remoteMTA }
    if filled.reportingMTA.isEmpty { filled.reportingMTA = nameless.reportingMTA }
    return filled
  }

  /// A failure, unless the status or the subject says that it is only late.
  func completeActions(_ record: inout ParseRecord) {
    for at in list.items.indices where list.items[at].action.isEmpty {
      let status = list.items[at].status
      let action: StaticString
      if status.hasPrefix("2.") {
        action = "delivered"
      } else if record.subject.contains(caseless: "delay") || record.subject.hasPrefix(caseless: "warning") {
        action = "delayed"
      } else {
        action = "failed"
      }
      list.update(at) { $0.action = ByteSlice(action) }
    }
  }
}
