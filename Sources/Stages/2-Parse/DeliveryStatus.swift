import ByteSlices
import Mail
import Records

/// Reads delivery-status reports (RFC 3464, RFC 6533), as they should be and as they are: groups without blank lines
/// between them, fields with blank lines between them, recipients without fields and fields without recipients.
final class DeliveryStatus {
  private let arena: Arena
  private let addresses: AddressParser
  private let text: HeaderText
  private let store: HeaderStore

  init(arena: Arena, text: HeaderText) {
    self.arena = arena
    self.text = text
    addresses = AddressParser(arena: arena)
    store = HeaderStore()
  }

  /// What stands in a report about no recipient in particular.
  struct Report {
    var reportingMTA = ByteSlice.empty
    /// Fields about a recipient that no field names.
    var nameless: RecipientEvidence?
  }

  /// Reads a report, which may hold other text before its first field.
  func read(_ body: ByteSlice, into list: inout RecipientList, flags: inout MailFlags) -> Report {
    var report = Report()
    var current = Group()
    var at = 0
    store.removeAll()
    while at < body.count {
      let (block, next) = store.parse(body, from: at, style: .group)
      at = max(next, at + 1)
      if current.namesRecipient, namesRecipient(block) { flush(&current, &report, &list, &flags) }
      for position in 0..<block.count { take(block[position], &current, &report, &list, &flags) }
      flags.formUnion(store.flags.intersection(.headerLimit))
      store.removeAll()
    }
    flush(&current, &report, &list, &flags)
    return report
  }

  /// True when bytes hold the fields that only such a report has, at the beginnings of lines.
  static func isUnmistakable(_ body: ByteSlice) -> Bool {
    guard let at = body.firstIndex(ofCaseless: "final-recipient:"), at == 0 || body[at - 1] == 0x0A else {
      return false
    }
    return body.contains(caseless: "\naction:") || body.contains(caseless: "\nstatus:")
      || body.contains(caseless: "\ndiagnostic-code:")
  }

  // MARK: one recipient

  private struct Group {
    var final = ByteSlice.empty
    var original = ByteSlice.empty
    var actual = ByteSlice.empty
    var action = ByteSlice.empty
    var status = ByteSlice.empty
    var diagnostic = ByteSlice.empty
    var supplement = ByteSlice.empty
    var remoteMTA = ByteSlice.empty
    var namesRecipient: Bool { !final.isEmpty || !original.isEmpty || !actual.isEmpty }
    var saysSomething: Bool { !action.isEmpty || !status.isEmpty || !diagnostic.isEmpty }
  }

  private func namesRecipient(_ block: HeaderBlock) -> Bool {
    block.has("final-recipient") || block.has("original-recipient") || block.has("x-actual-recipient")
  }

  private func take(
    _ field: HeaderField, _ group: inout Group, _ report: inout Report, _ list: inout RecipientList,
    _ flags: inout MailFlags
  ) {
    guard let first = field.name.first else { return }
    let value = field.value
    switch first | 0x20 {
    case 0x66 where field.isNamed("final-recipient"):
      if !group.final.isEmpty { flush(&group, &report, &list, &flags) }
      group.final = value
    case 0x6F where field.isNamed("original-recipient"):
      if !group.original.isEmpty { flush(&group, &report, &list, &flags) }
      group.original = value
    case 0x61 where field.isNamed("action"): if group.action.isEmpty { group.action = value }
    case 0x73 where field.isNamed("status"): if group.status.isEmpty { group.status = value }
    case 0x64 where field.isNamed("diagnostic-code"): if group.diagnostic.isEmpty { group.diagnostic = value }
    case 0x72:
      if field.isNamed("remote-mta") {
        if group.remoteMTA.isEmpty { group.remoteMTA = host(value) }
      } else if field.isNamed("reporting-mta") {
        report.reportingMTA = host(value)
      }
    case 0x78:
      if field.isNamed("x-actual-recipient") {
        group.actual = value
      } else if field.isNamed("x-supplementary-info") {
        group.supplement = value
      }
    default: break
    }
  }

  private func flush(
    _ group: inout Group, _ report: inout Report, _ list: inout RecipientList, _ flags: inout MailFlags
  ) {
    defer { group = Group() }
    guard group.namesRecipient || group.saysSomething else { return }
    var recipient = RecipientEvidence()
    let final = address(group.final)
    let original = address(group.original)
    let actual = address(group.actual)
    if final.contains(0x40) || original.isEmpty && actual.isEmpty {
      recipient.address = final
      recipient.foundIn = .finalRecipient
      recipient.alias = original.contains(0x40) ? original : actual
    } else {
      recipient.address = original.isEmpty ? actual : original
      recipient.foundIn = .originalRecipient
      recipient.alias = final
    }
    if recipient.alias.equals(caseless: recipient.address) { recipient.alias = .empty }
    recipient.action = DeliveryStatus.action(group.action)
    recipient.status = StatusCode.first(in: group.status)
    recipient.remoteMTA = group.remoteMTA
    recipient.reportingMTA = report.reportingMTA
    words(group, &recipient, &flags)
    if recipient.address.contains(0x40) {
      list.add(recipient, arena)
    } else if group.saysSomething, report.nameless == nil {
      report.nameless = recipient
    }
  }

  /// The server's words, and the codes that they hold.
  private func words(_ group: Group, _ recipient: inout RecipientEvidence, _ flags: inout MailFlags) {
    var words = text.decode(group.diagnostic, cap: 8 << 10, flags: &flags)
    if !group.supplement.isEmpty {
      let supplement = text.decode(group.supplement, cap: 8 << 10, flags: &flags)
      words = words.isEmpty ? supplement : arena.concat(words, ByteSlice(" " as StaticString), supplement)
    }
    // Some write the server's words into Status.
    if words.isEmpty, group.status.count > 16 { words = text.decode(group.status, cap: 8 << 10, flags: &flags) }
    guard !words.isEmpty else { return }
    recipient.diagnostic = DiagnosticText.cleaned(words, arena: arena)
    let codes = DiagnosticText.analyse(recipient.diagnostic)
    recipient.reply = codes.reply
    recipient.status = StatusCode.better(recipient.status, codes.status)
  }

  /// The action in the words of RFC 3464 §2.3.3, or empty.
  static func action(_ value: ByteSlice) -> ByteSlice {
    guard let first = value.first else { return .empty }
    switch first | 0x20 {
    case 0x66, 0x75: return ByteSlice("failed" as StaticString)  // failed, failure, undeliverable
    case 0x64:
      if value.hasPrefix(caseless: "delay") { return ByteSlice("delayed" as StaticString) }
      return value.hasPrefix(caseless: "deliver") ? ByteSlice("delivered" as StaticString) : .empty
    case 0x72:
      if value.hasPrefix(caseless: "relay") { return ByteSlice("relayed" as StaticString) }
      return value.hasPrefix(caseless: "reject") ? ByteSlice("failed" as StaticString) : .empty
    case 0x65:
      if value.hasPrefix(caseless: "expanded") { return ByteSlice("expanded" as StaticString) }
      return value.hasPrefix(caseless: "expired") ? ByteSlice("failed" as StaticString) : .empty
    default: return .empty
    }
  }

  /// `dns; mail.example.com (192.0.2.1)` without its type.
  private func host(_ value: ByteSlice) -> ByteSlice {
    var host = value
    if let (_, after) = value.cut(at: 0x3B) { host = after.trimmed }
    return arena.lowercasedASCII(HeaderText.unfold(host.prefix(255), arena))
  }

  // MARK: addresses

  /// The address of a typed field, its escapes undone.
  func address(_ value: ByteSlice) -> ByteSlice {
    guard !value.isEmpty else { return .empty }
    let unfolded = HeaderText.unfold(value.prefix(2048), arena)
    return EscapedAddress.undo(addresses.address(unfolded), arena)
  }
}
