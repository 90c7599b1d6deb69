import ByteSlices
import Store

/// Addresses as people write them into files.
enum MailAddress {
  /// The address (RFC 5321 §4.1.2, with the letters of RFC 6531), without a `mailto:`, the name before it and the
  /// brackets around it; nil when it is none.
  static func checked(_ text: String) -> String? {
    var text = text[...]
    if text.lowercased().hasPrefix("mailto:") { text = text.dropFirst(7) }
    if text.last == ">", let open = text.lastIndex(of: "<") { text = text[text.index(after: open)...].dropLast() }
    guard let at = text.lastIndex(of: "@") else { return nil }
    let (local, domain) = (text[..<at], text[text.index(after: at)...])
    guard (1...64).contains(local.utf8.count), (1...255).contains(domain.utf8.count) else { return nil }
    let isQuoted = local.count >= 2 && local.first == "\"" && local.last == "\""
    for byte in local.utf8 {
      if byte < 0x20 || byte == 0x7F || !isQuoted && " \"(),:;<>@[\\]".utf8.contains(byte) { return nil }
    }
    if !isQuoted, local.first == "." || local.last == "." || local.contains("..") { return nil }
    if domain.first == "[", domain.last == "]" { return String(text) }
    for label in domain.split(separator: ".", omittingEmptySubsequences: false) {
      guard !label.isEmpty, label.utf8.count <= 63, label.first != "-", label.last != "-",
        label.utf8.allSatisfy({ $0 >= 0x80 || $0.isASCIIAlphanumeric || $0 == 0x2D || $0 == 0x5F })
      else { return nil }
    }
    return String(text)
  }
}
