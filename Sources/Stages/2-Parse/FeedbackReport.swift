import ByteSlices
import Mail
import Records

/// Reads feedback reports (RFC 5965, RFC 6591), and the home-made ones of providers that are known by their structure.
final class FeedbackReport {
  private let arena: Arena
  private let addresses: AddressParser
  private let text: HeaderText
  private let fields = ReportFields()

  init(arena: Arena, text: HeaderText) {
    self.arena = arena
    self.text = text
    addresses = AddressParser(arena: arena)
  }

  /// The first recipient of the latest report that its provider made unreadable, domain apart (RFC 6590).
  private(set) var hidden: RecipientEvidence?

  /// Forgets the last message.
  func reset() { hidden = nil }

  /// True when bytes hold the fields that only such a report has, at the beginnings of lines.
  static func isUnmistakable(_ body: ByteSlice) -> Bool {
    let near = body.prefix(4096)
    guard let at = near.firstIndex(ofCaseless: "feedback-type:"), at == 0 || near[at - 1] == 0x0A else { return false }
    return near.contains(caseless: "\nuser-agent:") || near.contains(caseless: "\nversion:")
      || near.hasPrefix(caseless: "user-agent:") || near.hasPrefix(caseless: "version:")
  }

  /// Reads a message/feedback-report part: its type, and the recipients that it names.
  func read(_ body: ByteSlice, into list: inout RecipientList, flags: inout MailFlags) -> ByteSlice {
    var type = ByteSlice.empty
    fields.forEach(in: body, flags: &flags) { field, _ in
      if field.isNamed("feedback-type") {
        type = arena.lowercasedASCII(field.value)
      } else if FeedbackReport.namesRecipient(field) {
        addRecipients(field.value, .feedback, into: &list)
      }
    }
    return type.isEmpty ? ByteSlice("abuse" as StaticString) : type
  }

  /// The fields of reports, and of returned originals, in which providers say who complained.
  private static func namesRecipient(_ field: HeaderField) -> Bool {
    switch field.name.count {
    case 9: field.isNamed("x-rcpt-to")
    case 16: field.isNamed("original-rcpt-to") || field.isNamed("redacted-address")
    case 17: field.isNamed("removal-recipient")
    case 18: field.isNamed("original-recipient") || field.isNamed("x-original-rcpt-to")
    case 24: field.isNamed("x-hmxmroriginalrecipient")
    default: false
    }
  }

  /// Who complained, by the header of the returned original.
  func readOriginal(_ block: HeaderBlock, into list: inout RecipientList) {
    for position in 0..<block.count where block[position].isNamed("x-hmxmroriginalrecipient") {
      addRecipients(block[position].value, .feedback, into: &list)
    }
    guard list.isEmpty else { return }
    // The last host's own fields stand above the first Received; those below are of hosts on the way.
    for position in 0..<block.count {
      let field = block[position]
      if field.isNamed("received") { break }
      if field.isNamed("delivered-to") || field.isNamed("x-original-to") || field.isNamed("envelope-to") {
        addRecipients(field.value, .original, into: &list)
      }
      if !list.isEmpty { return }
    }
    for name in ["x-rcpt-to", "to"] as [StaticString] {
      if let value = block.first(name) { addRecipients(value, .original, into: &list) }
      if !list.isEmpty { return }
    }
  }

  private func addRecipients(_ value: ByteSlice, _ provenance: AddressProvenance, into list: inout RecipientList) {
    var found: [Mailbox] = []
    let unfolded = HeaderText.unfold(value, arena)
    var address = unfolded
    if let (type, rest) = address.cut(at: 0x3B), type.trimmed.equals(caseless: "rfc822") { address = rest }
    addresses.parse(address, limit: 50, into: &found)
    for mailbox in found where mailbox.address.contains(0x40) {
      var recipient = RecipientEvidence()
      recipient.address = mailbox.address
      recipient.foundIn = provenance
      if !FeedbackReport.isRedacted(mailbox.address) {
        list.add(recipient, arena)
      } else if hidden == nil, FeedbackReport.namesProvider(mailbox.address) {
        hidden = recipient
      }
    }
  }

  /// True for an address that a provider has made unreadable.
  static func isRedacted(_ address: ByteSlice) -> Bool {
    guard let sign = address.lastIndex(of: 0x40) else { return true }
    let local = address.prefix(sign)
    if local.contains(caseless: "redacted") || local.contains(caseless: "undisclosed")
      || local.contains(caseless: "hidden") || local.contains(caseless: "anonym") || local.contains("**")
      || local.equals(caseless: "unknown") || address.contains(caseless: "@redacted")
      || address.hasSuffix(".invalid") || local.contains(0x5B)
    {
      return true
    }
    return !local.contains { $0 != 0x78 && $0 != 0x58 }
  }

  /// True for an unreadable address that still is one, and tells the domain: `redacted@example.com`.
  private static func namesProvider(_ address: ByteSlice) -> Bool {
    guard let sign = address.lastIndex(of: 0x40), sign > 0, !address.hasSuffix(".invalid"),
      !address.prefix(sign).contains(where: { !($0.isASCIIAlphanumeric || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F) })
    else { return false }
    return address.dropFirst(sign + 1).contains(0x2E)
  }

  /// A report without a feedback-report part: Hotmail's, AOL's before 2005. Returns its type, or empty when it is none.
  func homeMadeType(_ headers: HeaderBlock, subject: ByteSlice, hasOriginal: Bool) -> ByteSlice {
    guard hasOriginal else { return .empty }
    for beginning in ["complaint about message from", "client tos notification"] as [StaticString]
    where subject.hasPrefix(caseless: beginning) {
      return ByteSlice("abuse" as StaticString)
    }
    if headers.has("x-hmxmroriginalrecipient") { return ByteSlice("abuse" as StaticString) }
    return .empty
  }

  // MARK: XARF

  /// True when the header says that the message is an XARF report.
  func saysXARF(_ headers: HeaderBlock) -> Bool {
    for name in ["x-xarf", "x-arf"] as [StaticString] {
      if let value = headers.first(name), !value.isEmpty, !value.hasPrefix(caseless: "no") { return true }
    }
    return false
  }

  /// True for an attachment whose name says so.
  func isNamedXARF(_ part: MIMEPart) -> Bool { part.contentType.contains(caseless: "xarf") }

  /// Reads an XARF report: YAML (versions 0.1 and 0.2) or JSON (3 and 4). Returns its type; nil when it is none.
  func readXARF(_ body: ByteSlice, into list: inout RecipientList) -> ByteSlice? {
    let body = body.trimmed
    let isJSON = body.first == 0x7B
    if isJSON {
      guard body.contains(caseless: "\"xarf_version\"") || body.contains(caseless: "\"reporttype\"") else { return nil }
    } else {
      guard FeedbackReport.value("report-type", body, isJSON) != nil,
        FeedbackReport.value("schema-url", body, isJSON) != nil
          || FeedbackReport.value("reported-from", body, isJSON) != nil
      else { return nil }
    }
    for name in [
      "smtprcpttoaddress", "smtp_to", "smtp_rcpt_to", "original-rcpt-to", "removal-recipient", "recipient",
    ] as [StaticString] {
      if let value = FeedbackReport.value(name, body, isJSON) { addRecipients(value, .feedback, into: &list) }
    }
    let type =
      FeedbackReport.value(isJSON ? "reporttype" : "report-type", body, isJSON)
      ?? FeedbackReport.value("type", body, isJSON) ?? .empty
    return FeedbackReport.typeOfXARF(type)
  }

  /// The value of a member that holds a string, or of a field at the beginning of a line.
  private static func value(_ name: StaticString, _ body: ByteSlice, _ isJSON: Bool) -> ByteSlice? {
    var from = 0
    let count = name.utf8CodeUnitCount
    while let at = body.firstIndex(ofCaseless: name, from: from) {
      from = at + count
      var rest = body.dropFirst(from)
      if isJSON {
        guard at > 0, body[at - 1] == 0x22, rest.first == 0x22 else { continue }
        rest = rest.dropFirst().trimmed
        guard rest.first == 0x3A else { continue }
        rest = rest.dropFirst().trimmed
        guard rest.first == 0x22, let close = rest.firstIndex(of: 0x22, from: 1) else { continue }
        return rest.slice(1, close)
      }
      guard at == 0 || body[at - 1] == 0x0A, rest.first == 0x3A else { continue }
      return rest.slice(1, rest.firstIndex(of: 0x0A) ?? rest.count).trimmed
    }
    return nil
  }

  /// XARF's types in the words of RFC 5965.
  private static func typeOfXARF(_ type: ByteSlice) -> ByteSlice {
    if type.contains(caseless: "phish") || type.contains(caseless: "fraud") || type.contains(caseless: "scam") {
      return ByteSlice("fraud" as StaticString)
    }
    if type.contains(caseless: "malware") || type.contains(caseless: "virus") {
      return ByteSlice("virus" as StaticString)
    }
    return ByteSlice("abuse" as StaticString)
  }
}
