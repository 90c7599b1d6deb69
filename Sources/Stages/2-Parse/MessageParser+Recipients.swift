import ByteSlices
import Mail
import Records

/// Recipients that are named outside of the report: in headers, the returned original, the return address.
extension MessageParser {
  func addFailedRecipients(_ template: RecipientEvidence = RecipientEvidence()) {
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
  func addOriginalRecipients(
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
  func addNamedByReturnAddress(_ record: inout ParseRecord) {
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

  func originalHeader(_ original: (message: Int, headers: Int), _ reading: HumanReading) -> HeaderBlock? {
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
}
