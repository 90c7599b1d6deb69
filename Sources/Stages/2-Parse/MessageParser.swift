import ByteSlices
import Mail
import Records
import ReturnPath

/// Turns one message into the evidence that rules look at.
///
/// One a worker: it owns all scratch memory. A record's slices point into the message and the parser's arena, and are
/// valid until the next `parse`. Never fails: what can't be read is left out and flagged.
public final class MessageParser {
  /// More tokens than an honest message has.
  private static let tokenLimit = 8

  private let options: ParseOptions
  private let arena: Arena
  private let tree: MIMETree
  private let headerText: HeaderText
  private let addresses: AddressParser
  private let human: HumanText
  private let originals: ReturnedOriginal
  private let deliveryStatus: DeliveryStatus
  private let dispositions: DispositionNotification
  private let feedback: FeedbackReport
  private let freeText: FreeTextReader
  private let rules: RuleHeaders
  private let headerLines = ByteBuffer(capacity: 16 << 10)

  @exclusivity(unchecked) private var flags: MailFlags = []
  @exclusivity(unchecked) private var list: RecipientList
  @exclusivity(unchecked) private var head: MessageHead

  /// - Throws: `NoMemory`.
  public init(dialects: DialectSet, options: ParseOptions = ParseOptions()) throws {
    self.options = options
    arena = Arena()
    tree = MIMETree(
      arena: arena,
      limits: MIMELimits(
        depth: options.depth, parts: options.parts, headers: HeaderLimits(fields: options.fields)))
    let charsets = CharsetConverter(arena: arena)
    headerText = HeaderText(arena: arena, charsets: charsets)
    addresses = AddressParser(arena: arena)
    human = HumanText(arena: arena, charsets: charsets)
    originals = ReturnedOriginal(arena: arena, text: headerText, carried: options.originalHeaders)
    deliveryStatus = DeliveryStatus(arena: arena, text: headerText)
    dispositions = DispositionNotification(arena: arena, text: headerText)
    feedback = FeedbackReport(arena: arena, text: headerText)
    freeText = try FreeTextReader(dialects, arena: arena)
    rules = RuleHeaders(extra: options.extraHeaders)
    list = RecipientList(limit: options.recipients)
    tree.read(.empty)
    head = MessageHead(tree.parts[0].headers, rules, limit: 0)
  }

  /// Parses one message in canonical form (LF line ends). `received` is when the archive says that it came, for
  /// messages without a date of their own.
  /// `isCut` says that the message had more bytes than these.
  public func parse(
    _ message: ByteSlice, id: MessageID, source: MessageSource, received: Int?, isCut: Bool = false
  ) -> ParseRecord {
    arena.reset()
    flags = isCut ? .messageLimit : []
    list.removeAll()
    feedback.reset()
    tree.read(message)
    var record = ParseRecord(id: id, source: source)
    readHead(received, &record)

    let place = ReportParts(tree.parts)
    let original = place.original(tree.parts)
    var text = readText(place)
    switch place.kind {
    case .deliveryStatus: readDeliveryStatus(place, &text, original, &record)
    case .dispositionNotification: readDisposition(place, text, &record)
    case .feedbackReport:
      record.kind = .feedback
      let report = decoded(tree.parts[place.report])
      record.feedbackType = feedback.read(report, into: &list, flags: &flags)
      // Original-Mail-From, which is there where the original's header is not.
      addTokens(in: report, "original", &record)
    default: readUnstructured(&text, original, &record)
    }
    finish(&record, text, original)
    return record
  }

  // MARK: the header section

  private func readHead(_ received: Int?, _ record: inout ParseRecord) {
    let block = tree.parts[0].headers
    head = MessageHead(block, rules, limit: options.headerCount)
    record.subject = headerText.decode(head.subject, cap: options.headerCap, flags: &flags)
    readFrom(&record)
    record.messageID = MessageIDField.value(head.messageID, arena)
    if let path = head.returnPath { record.envelopeSender = originals.envelope(path) }
    for value in [head.originalTo, head.deliveredTo, head.envelopeTo, head.to] where record.to.isEmpty {
      record.to = firstAddress(value)
    }
    readReturnAddress(&record)
    readTokens(&record)
    record.time = MailDate.seconds(head.date)
    if record.time == nil, let semicolon = head.received.lastIndex(of: 0x3B) {
      record.time = MailDate.seconds(head.received.dropFirst(semicolon + 1))
    }
    if record.time == nil { record.time = received }
    record.headers.reserveCapacity(head.shown.count)
    for position in head.shown {
      let field = block[position]
      record.headers.append(
        (
          arena.lowercasedASCII(field.name),
          headerText.decode(field.value, cap: options.headerCap, flags: &flags)
        ))
    }
  }

  /// The tag and the recipient may stand in any of the fields that name where the mail came back to: the one that was
  /// written last is the plainest.
  private func readReturnAddress(_ record: inout ParseRecord) {
    for value in [record.to, head.originalTo, head.envelopeTo, head.deliveredTo, head.to] where value.contains(0x40) {
      let address = value.base == record.to.base ? value : firstAddress(value)
      let parts = EnvelopeAddress(address, arena)
      if parts.isPlain { continue }
      var evidence = record.returnAddress ?? ReturnAddressEvidence()
      if evidence.base.isEmpty { (evidence.base, evidence.tag) = (parts.base, parts.tag) }
      if evidence.recipient.isEmpty { evidence.recipient = parts.recipient }
      record.returnAddress = evidence
      if !evidence.recipient.isEmpty { return }
    }
  }

  /// Tokens in the addresses that the mail came back to.
  private func readTokens(_ record: inout ParseRecord) {
    for value in [head.originalTo, head.deliveredTo, head.envelopeTo, head.to] {
      addTokens(in: value, "to", &record)
    }
  }

  private func addTokens(in value: ByteSlice, _ name: StaticString, _ record: inout ParseRecord) {
    TokenText.forEach(in: value) { token in
      guard record.tokens.count < MessageParser.tokenLimit,
        !record.tokens.contains(where: { $0.value.equals(caseless: token) })
      else { return }
      record.tokens.append((ByteSlice(name), token))
      if record.received == nil, let semicolon = head.received.lastIndex(of: 0x3B) {
        record.received = MailDate.seconds(head.received.dropFirst(semicolon + 1))
      }
    }
  }

  private func readFrom(_ record: inout ParseRecord) {
    for value in [head.from, head.sender, head.replyTo] where !value.isEmpty {
      // Addresses are cut apart before words are decoded, lest a decoded comma end one (RFC 2047 §5); then once more,
      // for an address that was encoded whole.
      var writer = author(HeaderText.unfold(value, arena))
      if !writer.address.contains(0x40) {
        let whole = author(headerText.decode(value, cap: options.headerCap, flags: &flags))
        if whole.address.contains(0x40) { writer = whole }
      }
      if record.fromName.isEmpty {
        record.fromName = headerText.decode(writer.name, cap: options.headerCap, flags: &flags)
      }
      if writer.address.contains(0x40) {
        record.from = writer.address
        return
      }
    }
  }

  /// The mailbox of a From value. `Doe, Jane <jane@example.com>` without quotes falls apart at its comma, and a relay
  /// may have made an address of the first half: the one with a name beside it counts then. Empty when there is none.
  private func author(_ value: ByteSlice) -> Mailbox {
    var found: [Mailbox] = []
    addresses.parse(value, limit: value.contains(0x2C) ? 8 : 1, into: &found)
    var best = Mailbox(address: .empty, name: .empty)
    for mailbox in found {
      let isAddress = mailbox.address.contains(0x40)
      if isAddress, !mailbox.name.isEmpty { return mailbox }
      if best.address.isEmpty && best.name.isEmpty || isAddress && !best.address.contains(0x40) { best = mailbox }
    }
    return best
  }

  private func firstAddress(_ value: ByteSlice) -> ByteSlice {
    guard !value.isEmpty, let mailbox = addresses.first(HeaderText.unfold(value, arena)),
      mailbox.address.contains(0x40)
    else { return .empty }
    return mailbox.address
  }

  // MARK: text

  private func decoded(_ part: MIMEPart) -> ByteSlice {
    let (bytes, capped) = part.encoding.decode(part.body, cap: 8 << 20, arena: arena, flags: &flags)
    if capped { flags.insert(.decodeLimit) }
    return part.encoding == .identity ? bytes : LineEnds.canonical(bytes, arena: arena)
  }

  /// The human-readable part, with the position of the part that it is; the whole of it, the original included.
  private func readText(_ place: ReportParts) -> HumanReading {
    let parts = tree.parts
    var chosen = -1
    if place.report > place.container {
      chosen = human.choose(parts, place.container..<place.report)
    } else {
      chosen = human.choose(parts, 0..<parts.count)
    }
    guard chosen >= 0 else { return HumanReading() }
    let (text, capped) = human.read(
      parts[chosen], cap: options.textCap, line: options.line, flags: &flags)
    return HumanReading(part: chosen, text: text, end: text.count, isCapped: capped)
  }

  private struct HumanReading {
    var part = -1
    var text = ByteSlice.empty
    /// Where the returned original begins.
    var end = 0
    var isCapped = false
    /// The report before the original.
    var own: ByteSlice { text.prefix(end) }
  }

  // MARK: free text

  private func readFreeText(_ reading: inout HumanReading, _ record: inout ParseRecord) -> FreeTextReport {
    headerLines.removeAll()
    let block = tree.parts[0].headers
    for position in 0..<min(block.count, 200) {
      let field = block[position]
      if RuleHeaders.isNoise(field.name) { continue }
      let name = headerLines.reserve(field.name.count)
      for at in 0..<field.name.count { name[at] = field.name[at].asciiLowercased }
      headerLines.commit(field.name.count)
      headerLines.append(": ")
      headerLines.append(headerText.decode(field.value, cap: options.headerCap, flags: &flags))
      headerLines.append(0x0A)
    }
    let from = headerText.decode(head.from, cap: options.headerCap, flags: &flags)
    let report = freeText.read(
      FreeTextInput(headers: headerLines.slice, subject: record.subject, from: from, text: reading.text))
    if report.gaveUp { flags.insert(.patternLimit) }
    if report.isCut { flags.insert(.recipientLimit) }
    reading.end = max(0, min(report.reportEnd, reading.text.count))
    record.dialect = report.dialect
    return report
  }

  // MARK: a message without a report part

  private func readUnstructured(
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
  private func hiddenComplaint() -> ByteSlice? {
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
  private func hiddenReport(_ reading: HumanReading, isReport: Bool, _ record: ParseRecord) -> ByteSlice? {
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

  // MARK: delivery-status reports

  private func readDeliveryStatus(
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

  private func fillDeliveryStatus(
    _ body: ByteSlice, _ free: FreeTextReport, _ original: (message: Int, headers: Int),
    _ reading: inout HumanReading, _ record: inout ParseRecord
  ) {
    let report = deliveryStatus.read(body, into: &list, flags: &flags)
    complete(report.nameless, free, original, &reading, &record)
  }

  /// Fills in from the text what the fields leave out.
  private func complete(
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
  private static func hasGap(_ recipient: RecipientEvidence) -> Bool {
    switch recipient.action.first {
    case 0x72: return false  // relayed
    case 0x65: return false  // expanded
    case 0x64 where recipient.action == "delivered": return false
    default: return StatusCode.isVague(recipient.status) || recipient.diagnostic.isEmpty
    }
  }

  private func match(
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
  private func add(_ words: RecipientEvidence, to recipient: inout RecipientEvidence) {
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

  private func filled(_ recipient: RecipientEvidence, from nameless: RecipientEvidence?) -> RecipientEvidence {
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
  private func completeActions(_ record: inout ParseRecord) {
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

  // MARK: recipients named elsewhere

  private func addFailedRecipients(_ template: RecipientEvidence = RecipientEvidence()) {
    guard !head.failedRecipients.isEmpty else { return }
    var found: [Mailbox] = []
    for value in head.failedRecipients {
      if value.count > AddressParser.longest { flags.insert(.headerLimit) }
      addresses.parse(HeaderText.unfold(value, arena), limit: options.recipients, into: &found)
    }
    if found.count >= options.recipients { flags.insert(.recipientLimit) }
    found.removeAll { !$0.address.contains(0x40) }
    // One here and one in the text are one recipient: the address that was written to, and where it leads.
    if found.count == 1, list.items.count == 1 {
      list.update(0) {
        if $0.alias.isEmpty, !$0.address.equals(caseless: found[0].address) { $0.alias = found[0].address }
      }
      return
    }
    let aliases = Set(list.items.lazy.filter { !$0.alias.isEmpty }.map { self.arena.lowercasedASCII($0.alias) })
    for mailbox in found {
      if !aliases.isEmpty, aliases.contains(arena.lowercasedASCII(mailbox.address)) { continue }
      if list.position(of: mailbox.address, arena) != nil { continue }
      var recipient = template
      recipient.address = mailbox.address
      recipient.foundIn = .failedRecipients
      recipient.alias = .empty
      list.add(recipient, arena)
    }
  }

  /// The last resort: those to whom the returned original was addressed.
  private func addOriginalRecipients(
    _ original: (message: Int, headers: Int), _ reading: HumanReading, _ template: RecipientEvidence
  ) {
    guard let block = originalHeader(original, reading), let to = block.first("to") else { return }
    var found: [Mailbox] = []
    addresses.parse(HeaderText.unfold(to, arena), limit: 16, into: &found)
    // A list of people says nothing of who failed.
    guard found.count == 1, found[0].address.contains(0x40) else { return }
    var recipient = template
    recipient.address = found[0].address
    recipient.foundIn = .original
    list.add(recipient, arena)
  }

  /// VERP names the recipient that was written to: the only one, where the report names none; another name of the one
  /// that failed, where the mail was forwarded. The original's Return-Path has it too.
  private func addNamedByReturnAddress(_ record: inout ParseRecord) {
    guard record.kind != .plain else { return }
    var named = record.returnAddress?.recipient ?? .empty
    if named.isEmpty, let path = record.original?.returnPath, !path.isEmpty {
      named = EnvelopeAddress(path, arena).recipient
    }
    if list.isEmpty {
      if !named.isEmpty {
        var recipient = RecipientEvidence()
        recipient.address = named
        recipient.foundIn = .verp
        list.add(recipient, arena)
        if record.kind == .bounce || record.kind == .dsn { completeActions(&record) }
      } else if record.kind == .feedback, let hidden = feedback.hidden {
        list.add(hidden, arena)
        record.flags.append(ByteSlice("redacted_recipient" as StaticString))
      }
      return
    }
    for at in 0..<min(list.items.count, 64) where list.items[at].alias.isEmpty {
      let address = list.items[at].address
      let plain = EnvelopeAddress.unsigned(address, arena)
      if plain != address {
        list.update(at) { $0.alias = plain }
      } else if list.items.count == 1, !named.isEmpty, !named.equals(caseless: address) {
        list.update(at) { $0.alias = named }
      }
    }
  }

  private func originalHeader(_ original: (message: Int, headers: Int), _ reading: HumanReading) -> HeaderBlock? {
    if original.message >= 0 {
      let block = tree.parts[original.message].headers
      if !block.isEmpty { return block }
    }
    if original.headers >= 0, let block = originals.header(in: decoded(tree.parts[original.headers])) { return block }
    if reading.end < reading.text.count {
      return originals.header(in: reading.text.dropFirst(reading.end))
    }
    return nil
  }

  // MARK: disposition notifications

  private func readDisposition(_ place: ReportParts, _ reading: HumanReading, _ record: inout ParseRecord) {
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

  // MARK: what all kinds have

  private func finish(
    _ record: inout ParseRecord, _ reading: HumanReading, _ original: (message: Int, headers: Int)
  ) {
    if let block = originalHeader(original, reading) {
      let notified = record.original?.messageID ?? .empty
      var evidence = originals.evidence(block, cap: options.headerCap, flags: &flags)
      if evidence.messageID.isEmpty { evidence.messageID = notified }
      record.original = evidence
      if record.kind == .feedback, list.isEmpty { feedback.readOriginal(block, into: &list) }
    }
    if let evidence = record.original {
      for value in [evidence.returnPath, evidence.messageID, evidence.listUnsubscribe] {
        addTokens(in: value, "original", &record)
      }
    }
    addNamedByReturnAddress(&record)
    // A machine's report is taken as it is: sendmail's ">>> DATA" is no quote.
    if record.kind == .dsn || record.kind == .bounce {
      record.text = reading.own.trimmed
    } else {
      (record.text, record.quoted) = OwnWords.split(reading.text, arena: arena)
    }
    Mentioned.addresses(in: record.text, limit: 32, into: &record.mentioned)
    record.recipients = list.items
    flags.formUnion(tree.flags)
    if head.isCut { flags.insert(.headerLimit) }
    if reading.isCapped { flags.insert(.textCapped) }
    if list.isCut { flags.insert(.recipientLimit) }
    flags.appendNames(to: &record.flags)
  }
}
