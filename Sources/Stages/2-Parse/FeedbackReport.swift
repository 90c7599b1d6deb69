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
    for mailbox in found where mailbox.address.contains(0x40) && !FeedbackReport.isRedacted(mailbox.address) {
      var recipient = RecipientEvidence()
      recipient.address = mailbox.address
      recipient.foundIn = provenance
      list.add(recipient, arena)
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

  /// A report without a feedback-report part: Hotmail's, and XARF's. Returns its type, or empty when it is none.
  func homeMadeType(_ headers: HeaderBlock, subject: ByteSlice, hasOriginal: Bool) -> ByteSlice {
    if hasOriginal, subject.hasPrefix(caseless: "complaint about message from") {
      return ByteSlice("abuse" as StaticString)
    }
    for name in ["x-xarf", "x-arf"] as [StaticString] {
      if let value = headers.first(name),
        value.hasPrefix(caseless: "yes") || value.hasPrefix(caseless: "plain")
          || value.hasPrefix(caseless: "secure")
      {
        return ByteSlice("abuse" as StaticString)
      }
    }
    if hasOriginal, headers.has("x-hmxmroriginalrecipient") { return ByteSlice("abuse" as StaticString) }
    return .empty
  }
}
