import ByteSlices
import Mail
import Records
import ReturnPath

/// Turns one message into the evidence that rules look at.
///
/// One a worker: it owns all scratch memory. A record's slices point into the message and the parser's arena, and are
/// valid until the next `parse` that doesn't keep them. Never fails: what can't be read is left out and flagged.
public final class MessageParser {
  /// More tokens than an honest message has.
  static let tokenLimit = 8

  let options: ParseOptions
  let arena: Arena
  let tree: MIMETree
  let headerText: HeaderText
  let addresses: AddressParser
  let human: HumanText
  let originals: ReturnedOriginal
  let deliveryStatus: DeliveryStatus
  let dispositions: DispositionNotification
  let feedback: FeedbackReport
  let freeText: FreeTextReader
  let rules: RuleHeaders
  let headerLines = ByteBuffer(capacity: 16 << 10)

  @exclusivity(unchecked) var flags: MailFlags = []
  @exclusivity(unchecked) var list: RecipientList
  @exclusivity(unchecked) var head: MessageHead

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
  /// `isCut` says that the message had more bytes than these, `keeping` that the records before this one stay valid.
  public func parse(
    _ message: ByteSlice, id: MessageID, source: MessageSource, received: Int?, isCut: Bool = false,
    keeping: Bool = false
  ) -> ParseRecord {
    if !keeping { arena.reset() }
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
