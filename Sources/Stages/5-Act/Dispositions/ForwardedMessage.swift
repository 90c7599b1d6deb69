import ByteSlices
import Foundation
import Mail

/// A message made ready to be forwarded.
///
/// Both forms say `X-ReturnMill-Forwarded`, by which we know it when it comes back, and `Auto-Submitted` (RFC 3834), by
/// which others know that no person is waiting for their out-of-office reply. The Message-ID is the same for the same
/// message and disposition, so that a receiver can drop a repeat.
struct ForwardedMessage {
  private(set) var bytes: [UInt8] = []

  init(job: DeliveryJob, message: ByteSlice, settings: ForwardSettings, time: Int) {
    let domain = settings.from.split(separator: "@").last.map(String.init) ?? "localhost"
    let id = "<\(job.key).returnmill@\(domain)>"
    let reason = DeliveryHeader.of(job.entry, lineEnd: .empty) + "X-ReturnMill-Forwarded: \(job.key)\n"
    // A block doesn't keep its store.
    let store = HeaderStore()
    defer { withExtendedLifetime(store) {} }
    let head = store.parse(message, style: .message).block
    bytes.reserveCapacity(message.count + 2048)
    switch settings.form {
    case .redirect:
      // RFC 5322 §3.6.6: the block stands in front of all else.
      append("Resent-Date: \(Timestamp.mail(time))\nResent-From: <\(settings.from)>\n")
      append("Resent-To: \(settings.to.map { "<\($0)>" }.joined(separator: ",\n "))\nResent-Message-ID: \(id)\n")
      append(reason)
      if head.first("auto-submitted") == nil { append("Auto-Submitted: auto-forwarded\n") }
      bytes += message
    case .attachment:
      let subject = ForwardedMessage.subject(head.first("subject") ?? .empty, cause: job.entry.cause)
      let boundary = "=_returnmill_\(job.key)"
      append("Date: \(Timestamp.mail(time))\nFrom: ReturnMill <\(settings.from)>\n")
      append("To: \(settings.to.map { "<\($0)>" }.joined(separator: ",\n "))\n")
      append("Subject: \(subject)\nMessage-ID: \(id)\n\(reason)Auto-Submitted: auto-generated\nMIME-Version: 1.0\n")
      append("Content-Type: multipart/mixed; boundary=\"\(boundary)\"\n\n--\(boundary)\n")
      append("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n")
      append("\(ForwardedMessage.words(job.entry))\n--\(boundary)\n")
      // RFC 2046 §5.2.1: a message/rfc822 part is never encoded.
      append("Content-Type: message/rfc822\nContent-Disposition: attachment; filename=\"message.eml\"\n")
      append(message.isASCII ? "\n" : "Content-Transfer-Encoding: 8bit\n\n")
      bytes += message
      append("\(message.last == 0x0A ? "" : "\n")\n--\(boundary)--\n")
    }
  }

  private mutating func append(_ text: String) { bytes += Array(text.utf8) }

  private static func words(_ entry: LedgerEntry) -> String {
    var text = "Judged \(DeliveryHeader.clean(entry.cause)) by rule \(DeliveryHeader.clean(entry.rule)).\n"
    if !entry.recipients.isEmpty {
      text += "About: \(entry.recipients.map { DeliveryHeader.clean($0) }.joined(separator: ", "))\n"
    }
    return text + "The message is attached as it came.\n"
  }

  /// `Fwd:` and the message's own subject, which is kept as it is written, with its encoded words.
  static func subject(_ raw: ByteSlice, cause: String) -> String {
    var lines: [String] = []
    for line in String(raw).split(whereSeparator: \.isNewline).prefix(20) {
      let line = DeliveryHeader.clean(line.replacing("\t", with: " "))
      let trimmed = line.drop { $0 == " " }
      if !trimmed.isEmpty { lines.append(trimmed.utf8.allSatisfy { $0 < 0x80 } ? String(trimmed) : encoded(trimmed)) }
    }
    return lines.isEmpty ? "Fwd: \(cause)" : "Fwd: " + lines.joined(separator: "\n ")
  }

  /// As encoded words (RFC 2047), for a subject that is in plain UTF-8 or worse.
  static func encoded(_ text: some StringProtocol) -> String {
    var words: [String] = []
    var part: [UInt8] = []
    for character in text {
      // A word may have 75 characters, 45 bytes in base64.
      if part.count + character.utf8.count > 45, !part.isEmpty {
        words.append("=?UTF-8?B?\(base64(part))?=")
        part = []
      }
      part += Array(character.utf8).prefix(45)
    }
    if !part.isEmpty { words.append("=?UTF-8?B?\(base64(part))?=") }
    return words.joined(separator: "\n ")
  }

  private static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
