/// What is a host's name, and whose domain it is in.
enum HostName {
  /// Whether a word is one: labels between dots, the last of them a top-level domain that mail is seen with. File
  /// names, versions and sentences without a blank after the dot are not.
  static func isHost(_ word: some StringProtocol) -> Bool {
    let labels = word.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, word.utf8.count <= 253, let top = labels.last?.lowercased() else { return false }
    guard labels.allSatisfy({ isLabel($0) }) else { return false }
    let isCountry = top.utf8.count == 2 && top.utf8.allSatisfy { $0 &- 0x61 < 26 }
    return (isCountry || generic.contains(top) || top.hasPrefix("xn--")) && labels.dropLast().contains { $0.count > 1 }
  }

  private static func isLabel(_ label: some StringProtocol) -> Bool {
    !label.isEmpty && label.utf8.count <= 63 && !label.hasPrefix("-") && !label.hasSuffix("-")
      && label.utf8.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2D || $0 == 0x5F }
  }

  /// The part of a name that somebody has registered: its last two labels, or three under a second level like `co.uk`.
  static func registered(_ host: String) -> String {
    let labels = host.lowercased().split(separator: ".")
    guard labels.count > 2 else { return labels.joined(separator: ".") }
    let second = String(labels[labels.count - 2])
    let isShared = labels[labels.count - 1].count == 2 && (shared.contains(second) || second.count == 2)
    return labels.suffix(isShared ? 3 : 2).joined(separator: ".")
  }

  /// Whether a name is one that stands for any in documents (RFC 2606).
  static func isExample(_ host: String) -> Bool {
    let domain = registered(host)
    return ["example.com", "example.net", "example.org"].contains(domain) || domain.hasSuffix(".example")
      || domain == "example"
  }

  private static let shared: Set<String> = ["com", "org", "net", "edu", "gov", "mil", "gob", "gouv", "nom", "info"]

  private static let generic: Set<String> = [
    "com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "name", "pro", "museum", "coop", "aero", "jobs",
    "mobi", "travel", "asia", "cat", "tel", "post", "app", "dev", "online", "site", "shop", "store", "cloud", "email",
    "xyz", "club", "live", "news", "agency", "company", "digital", "world", "life", "group", "space", "tech", "systems",
    "solutions", "services", "consulting", "network", "media", "studio", "design", "center", "house", "today", "top",
    "work", "works", "berlin", "hamburg", "koeln", "wien", "swiss", "paris", "london", "nyc", "bank", "insurance",
    "google", "microsoft", "apple", "amazon", "local", "localdomain", "localhost", "lan", "internal", "intern", "corp",
    "home", "test", "arpa",
  ]
}
