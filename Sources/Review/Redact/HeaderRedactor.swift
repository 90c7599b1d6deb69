import ByteSlices
import Foundation
import Mail

/// Rewrites header fields with other names in them.
struct HeaderRedactor {
  private let text: HeaderText

  init(arena: Arena) { text = HeaderText(arena: arena, charsets: CharsetConverter(arena: arena)) }

  /// Fields that tell where a message came by and what machines thought of it, of which no rule speaks.
  static let noise: Set<String> = [
    "dkim-signature", "domainkey-signature", "arc-seal", "arc-message-signature", "arc-authentication-results",
    "authentication-results", "authentication-results-original", "received-spf", "x-received", "x-gm-message-state",
    "x-google-dkim-signature", "x-google-smtp-source", "thread-index", "x-originating-ip", "x-spam-status",
    "x-spam-checker-version", "x-spam-report", "x-spam-level", "x-spam-flag", "x-spam-score", "x-sg-eid", "x-sg-id",
    "x-ses-outgoing", "x-virus-scanned", "x-pmx-version", "x-uidl", "status", "x-status", "x-mozilla-status",
    "x-mozilla-status2", "x-keywords", "face", "x-face", "received",
  ]

  static func isNoise(_ name: String) -> Bool {
    let name = name.lowercased()
    return noise.contains(name) || name.hasPrefix("x-ms-exchange-") || name.hasPrefix("x-forefront-")
      || name.hasPrefix("x-microsoft-antispam") || name.hasPrefix("x-proofpoint-") || name.hasPrefix("x-mimecast-")
  }

  /// Fields that hold mailboxes, whose names are people's.
  static let mailboxes: Set<String> = [
    "from", "to", "cc", "bcc", "reply-to", "sender", "resent-from", "resent-to", "x-original-to", "delivered-to",
    "return-path", "envelope-to", "x-envelope-from", "x-envelope-to", "disposition-notification-to", "errors-to",
  ]

  private static let ids: Set<String> = [
    "message-id", "in-reply-to", "references", "content-id", "original-message-id", "x-message-id", "resent-message-id",
    "x-original-message-id",
  ]

  func decoded(_ value: ByteSlice) -> String {
    var flags: MailFlags = []
    return String(text.decode(value, cap: 64 << 10, flags: &flags))
  }

  /// The new value of a field. What needs no change keeps its folds.
  func value(_ name: String, _ raw: ByteSlice, _ pseudonyms: inout Pseudonyms) -> String {
    let name = name.lowercased()
    if HeaderRedactor.ids.contains(name) { return pseudonyms.redact(messageIDs: decoded(raw)) }
    let isEncoded = raw.contains("=?") || !raw.isASCII
    guard isEncoded else { return pseudonyms.redact(String(raw)) }
    let words = decoded(raw)
    let redacted = pseudonyms.redact(words)
    if redacted == words, raw.isASCII { return String(raw) }
    return HeaderRedactor.encoded(redacted)
  }

  /// As a header may hold it: what is not ASCII in encoded words (RFC 2047), a line each.
  static func encoded(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    var lines: [String] = []
    var plain: [String] = []
    var foreign: [String] = []
    func flush() {
      guard !foreign.isEmpty else { return }
      var word = ""
      var words: [String] = []
      for character in foreign.joined(separator: " ") where character != "\"" {
        if word.utf8.count + String(character).utf8.count > 42 {
          words.append(word)
          word = ""
        }
        word.append(character)
      }
      if !word.isEmpty { words.append(word) }
      lines += words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }
      foreign = []
    }
    for word in text.split(separator: " ", omittingEmptySubsequences: true).map(String.init) {
      if word.utf8.allSatisfy({ $0 < 0x80 }) {
        flush()
        plain.append(word)
      } else {
        if !plain.isEmpty { lines.append(plain.joined(separator: " ")) }
        plain = []
        foreign.append(word)
      }
    }
    flush()
    if !plain.isEmpty { lines.append(plain.joined(separator: " ")) }
    return lines.joined(separator: "\n ")
  }

  /// The names in a list of mailboxes: what stands before `<`.
  static func names(in value: String) -> [String] {
    var names: [String] = []
    var name = ""
    var isQuoted = false
    var isAddress = false
    for character in value {
      switch character {
      case "\"": isQuoted.toggle()
      case "<" where !isQuoted:
        names.append(name)
        isAddress = true
      case ">": isAddress = false
      case "," where !isQuoted: name = ""
      default: if !isAddress { name.append(character) }
      }
      if character == ">" { name = "" }
    }
    return names.map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}
