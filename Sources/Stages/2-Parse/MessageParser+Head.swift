import ByteSlices
import Mail
import Records
import ReturnPath

/// The header section of the message itself.
extension MessageParser {
  func readHead(_ received: Int?, _ record: inout ParseRecord) {
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
  func readReturnAddress(_ record: inout ParseRecord) {
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
  func readTokens(_ record: inout ParseRecord) {
    for value in [head.originalTo, head.deliveredTo, head.envelopeTo, head.to] {
      addTokens(in: value, "to", &record)
    }
  }

  func addTokens(in value: ByteSlice, _ name: StaticString, _ record: inout ParseRecord) {
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

  func readFrom(_ record: inout ParseRecord) {
    for value in [head.from, head.sender, head.replyTo] where !value.isEmpty {
      // Addresses are cut apart before words are decoded, lest a decoded comma end one (RFC 2047 §5); then once more,
      // for an address that was encoded whole.
      var writer = author(HeaderText.unfold(value, arena))
      if !writer.address.contains(0x40) {
        let whole = author(headerText.decode(value, cap: options.headerCap, flags: &flags))
        if whole.address.contains(0x40) { writer = whole }
      }
      if !writer.address.contains(0x40), let hidden = obscured(HeaderText.unfold(value, arena)) { writer = hidden }
      if record.fromName.isEmpty {
        record.fromName = headerText.decode(writer.name, cap: options.headerCap, flags: &flags)
      }
      if writer.address.contains(0x40) {
        record.from = writer.address
        return
      }
    }
  }

  /// An address as public archives write it, lest robots find it: `anna at example.org (Anna Example)`.
  private func obscured(_ value: ByteSlice) -> Mailbox? {
    guard let at = value.firstIndex(of: " at "), at > 0 else { return nil }
    let local = value.prefix(at).trimmed
    let rest = value.dropFirst(at + 4)
    let end = rest.firstIndex(of: 0x20) ?? rest.count
    let host = rest.prefix(end)
    guard !local.contains(0x20), !local.contains(0x22), host.contains(0x2E), EnvelopeAddress.isHost(host) else {
      return nil
    }
    var name = rest.dropFirst(end).trimmed
    if name.first == 0x28, name.last == 0x29 { name = name.dropFirst().dropLast() } else { name = .empty }
    return Mailbox(address: arena.concat(local, ByteSlice("@" as StaticString), host), name: name)
  }

  /// The mailbox of a From value. `Doe, Jane <jane@example.com>` without quotes falls apart at its comma, and a relay
  /// may have made an address of the first half: the one with a name beside it counts then. Empty when there is none.
  func author(_ value: ByteSlice) -> Mailbox {
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

  func firstAddress(_ value: ByteSlice) -> ByteSlice {
    guard !value.isEmpty, let mailbox = addresses.first(HeaderText.unfold(value, arena)),
      mailbox.address.contains(0x40)
    else { return .empty }
    return mailbox.address
  }
}
