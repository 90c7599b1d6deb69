import ByteSlices
import Mail
import Records

/// Reads disposition notifications (RFC 8098), and tells those that are bounces in disguise: Dovecot's and Sieve's
/// rejections (RFC 5429 §2.2) come as MDNs.
final class DispositionNotification {
  private let arena: Arena
  private let addresses: AddressParser
  private let text: HeaderText
  private let fields = ReportFields()

  init(arena: Arena, text: HeaderText) {
    self.arena = arena
    self.text = text
    addresses = AddressParser(arena: arena)
  }

  /// What a notification's fields say.
  struct Notice {
    /// displayed, deleted, dispatched, processed, denied, failed.
    var disposition = ByteSlice.empty
    var originalMessageID = ByteSlice.empty
    var final = ByteSlice.empty
    var original = ByteSlice.empty
    var reportingUA = ByteSlice.empty
    /// The words of Error, Failure and Warning fields.
    var words = ByteSlice.empty
  }

  func read(_ body: ByteSlice, flags: inout MailFlags) -> Notice {
    var notice = Notice()
    fields.forEach(in: body, flags: &flags) { take($0, &notice, &$1) }
    return notice
  }

  private func take(_ field: HeaderField, _ notice: inout Notice, _ flags: inout MailFlags) {
    if field.isNamed("disposition") {
      var value = field.value
      if let (_, type) = value.cut(at: 0x3B) { value = type.trimmed }
      var end = 0
      while end < value.count, value[end].isASCIILetter || value[end] == 0x2D { end += 1 }
      notice.disposition = arena.lowercasedASCII(value.prefix(end))
    } else if field.isNamed("final-recipient") {
      notice.final = addresses.address(HeaderText.unfold(field.value.prefix(2048), arena))
    } else if field.isNamed("original-recipient") {
      notice.original = addresses.address(HeaderText.unfold(field.value.prefix(2048), arena))
    } else if field.isNamed("original-message-id") {
      notice.originalMessageID = MessageIDField.value(field.value, arena)
    } else if field.isNamed("reporting-ua") {
      notice.reportingUA = text.decode(field.value, cap: 512, flags: &flags)
    } else if field.isNamed("failure") || field.isNamed("error") || field.isNamed("warning") {
      let words = text.decode(field.value, cap: 2048, flags: &flags)
      notice.words = notice.words.isEmpty ? words : arena.concat(notice.words, ByteSlice(" " as StaticString), words)
    }
  }

  /// The recipient whom a notification refused, when it did: by its disposition, or by what its text says.
  func refusal(_ notice: Notice, text: ByteSlice, fallback: ByteSlice) -> RecipientEvidence? {
    let isRead = notice.disposition == "displayed" || notice.disposition == "dispatched"
    let failed = notice.disposition == "denied" || notice.disposition == "failed" || !notice.words.isEmpty && !isRead
    let reason = DispositionNotification.reason(in: text)
    guard failed || reason != nil && !isRead else { return nil }
    var recipient = RecipientEvidence()
    recipient.address = notice.final.contains(0x40) ? notice.final : notice.original
    recipient.foundIn = notice.final.contains(0x40) ? .finalRecipient : .originalRecipient
    if !recipient.address.contains(0x40) {
      recipient.address = fallback
      recipient.foundIn = .from
    } else if notice.original.contains(0x40), !notice.original.equals(caseless: recipient.address) {
      recipient.alias = notice.original
    }
    guard recipient.address.contains(0x40) else { return nil }
    recipient.action = ByteSlice("failed" as StaticString)
    var words = reason.map { text.dropFirst($0) } ?? (notice.words.isEmpty ? text : notice.words)
    words = HeaderText.cut(words, 1024)
    recipient.diagnostic = DiagnosticText.cleaned(words, arena: arena)
    let codes = DiagnosticText.analyse(recipient.diagnostic)
    recipient.status = codes.status
    recipient.reply = codes.reply
    return recipient
  }

  /// Where the reason begins in a text that speaks of a rejection.
  private static func reason(in text: ByteSlice) -> Int? {
    let text = text.prefix(4096)
    for mark in [
      "automatically rejected", "was rejected", "has been rejected", "message was refused", "could not be delivered",
      "quota exceeded", "over quota", "mailbox is full", "refused to accept",
    ] as [StaticString] {
      guard let at = text.firstIndex(ofCaseless: mark) else { continue }
      let after = at + mark.utf8CodeUnitCount
      // "rejected: <reason>" and "rejected by …: <reason>" give it after a colon, on the same line or the next.
      if let colon = text.firstIndex(of: 0x3A, from: after), colon - after < 80 { return colon + 1 }
      let line = text.prefix(at).lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      return line
    }
    return nil
  }
}
