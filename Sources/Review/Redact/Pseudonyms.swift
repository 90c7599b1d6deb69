import Foundation

/// Other names for what points at people and machines: the same for the same, wherever it stands.
///
/// Addresses and hosts move to example domains, numbers of hosts to the nets for documents (RFC 5737, RFC 3849), ids
/// and long numbers become `x` and `0`. Names of roles stay (`mailer-daemon`, `postmaster`), as do the words.
struct Pseudonyms {
  /// How much was replaced.
  struct Counts {
    var addresses: Set<String> = []
    var hosts: Set<String> = []
    var names = 0
    var ids = 0
  }

  private(set) var counts = Counts()
  /// Registered domains that stay as they are.
  private let spared: Set<String>
  private var freeDomains: [String]
  private var domains: [String: String] = [:]
  private var hosts: [String: String] = [:]
  private var locals: [String: String] = [:]
  private var ips: [String: String] = [:]
  private var messageIDs: [String: String] = [:]
  /// Texts that are replaced as wholes, the longest first.
  private var phrases: [(text: String, replacement: String)] = []
  private var people = 0

  /// - Parameter text: what is to be redacted: example domains that stand in it are given to nobody else.
  init(sparing spared: Set<String>, text: String) {
    self.spared = spared
    let lower = text.lowercased()
    freeDomains = ["example.com", "example.org", "example.net"].filter { !lower.contains($0) }
  }

  /// A text with all that points at somebody replaced.
  mutating func redact(_ text: String) -> String {
    var text = text
    for (phrase, replacement) in phrases where text.contains(phrase) {
      text = Pseudonyms.replace(phrase, by: replacement, in: text)
      counts.names += 1
    }
    var out = ""
    out.reserveCapacity(text.utf8.count)
    var run: [UInt8] = []
    var plain: [UInt8] = []
    func isDelimiter(_ byte: UInt8) -> Bool {
      byte <= 0x20 || byte >= 0x7F || "<>()[]{}\"',;|\\`".utf8.contains(byte)
    }
    for byte in text.utf8 {
      if isDelimiter(byte) {
        if !run.isEmpty {
          out += String(decoding: plain, as: UTF8.self) + self.run(String(decoding: run, as: UTF8.self))
          plain.removeAll(keepingCapacity: true)
          run.removeAll(keepingCapacity: true)
        }
        plain.append(byte)
      } else {
        run.append(byte)
      }
    }
    out += String(decoding: plain, as: UTF8.self)
    return run.isEmpty ? out : out + self.run(String(decoding: run, as: UTF8.self))
  }

  /// The ids of a Message-ID, References or the like.
  mutating func redact(messageIDs text: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
      let core = word.trimmingCharacters(in: CharacterSet(charactersIn: "<>"))
      guard let at = core.lastIndex(of: "@") else { return redact(String(word)) }
      let host = redactedDomain(String(core[core.index(after: at)...]))
      let local = messageIDs[core] ?? "id\(messageIDs.count + 1)"
      messageIDs[core] = local
      counts.ids += 1
      return word.replacingOccurrences(of: core, with: "\(local)@\(host)")
    }.joined(separator: " ")
  }

  /// Somebody's name, to be replaced wherever it stands, as a whole and word by word.
  mutating func learn(name: String) {
    let name = name.trimmingCharacters(in: CharacterSet(charactersIn: " \"'"))
    let words = name.split { $0 == " " || $0 == "," }.map(String.init)
    guard (1...5).contains(words.count), !name.contains("@"), name.contains(where: \.isLetter),
      !words.contains(where: { Pseudonyms.machines.contains($0.lowercased()) }),
      !phrases.contains(where: { $0.text == name })
    else { return }
    let given = Pseudonyms.given[people % Pseudonyms.given.count]
    let family = Pseudonyms.family[people % Pseudonyms.family.count]
    guard name != "\(given) \(family)" else { return }
    people += 1
    phrases.append((name, words.count == 1 ? given : "\(given) \(family)"))
    for (place, word) in words.enumerated()
    where word.count >= 3 && word.first?.isUppercase == true && !phrases.contains(where: { $0.text == word }) {
      phrases.append((word, place == 0 ? given : family))
    }
    sortPhrases()
  }

  /// Words that stand for somebody's own, such as the subject of the mail that came back.
  mutating func learn(phrase: String, as replacement: String) {
    guard phrase.count >= 8, phrase.contains(" "), phrase != replacement,
      !phrases.contains(where: { $0.text == phrase })
    else { return }
    phrases.append((phrase, replacement))
    sortPhrases()
  }

  private mutating func sortPhrases() { phrases.sort { ($1.text.count, $0.text) < ($0.text.count, $1.text) } }

  private static let given = ["Alex", "Kim", "Robin", "Sam", "Toni", "Chris", "Jo", "Lee"]
  private static let family = ["Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple"]

  /// Words in the names of senders that are no people.
  private static let machines: Set<String> = [
    "mail", "mailer", "delivery", "system", "subsystem", "daemon", "mailer-daemon", "postmaster", "server", "service",
    "services", "support", "team", "admin", "administrator", "noreply", "no-reply", "abuse", "newsletter", "news",
    "notification", "notifications", "info", "exchange", "outlook", "microsoft", "internet", "email", "e-mail",
    "feedback", "complaints", "bounce", "bounces", "reply", "auto", "undisclosed", "recipients", "staff", "loop",
  ]

  /// Only where the phrase is no part of a longer word.
  private static func replace(_ phrase: String, by replacement: String, in text: String) -> String {
    var out = ""
    var rest = text[...]
    while let found = rest.range(of: phrase) {
      let before = found.lowerBound == text.startIndex ? nil : text[text.index(before: found.lowerBound)]
      let after = found.upperBound < text.endIndex ? text[found.upperBound] : nil
      func isWord(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber } ?? false }
      // An address's part is the address's matter.
      let isFree = !isWord(before) && !isWord(after) && after != "@" && before != "@" && before != "."
      out += rest[..<found.lowerBound] + (isFree ? replacement : phrase)
      rest = rest[found.upperBound...]
    }
    return out + rest
  }

  // MARK: words without blanks

  private mutating func run(_ run: String) -> String {
    if let at = run.range(of: "@", options: .backwards) ?? run.range(of: "%40", options: .backwards) {
      let left = String(run[..<at.lowerBound])
      let right = String(run[at.upperBound...])
      let domain = String(
        right.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_") })
      let trimmed = String(domain.reversed().drop { $0 == "." || $0 == "-" }.reversed())
      let cut = left.lastIndex { ":/?&#".contains($0) }.map { left.index(after: $0) } ?? left.startIndex
      let local = String(left[cut...])
      if !local.isEmpty, !trimmed.isEmpty, trimmed.contains(where: \.isLetter) {
        let before = cut == left.startIndex ? "" : pieces(String(left[..<cut]))
        return before + address(local, trimmed, sign: String(run[at])) + pieces(String(right.dropFirst(trimmed.count)))
      }
    }
    return pieces(run)
  }

  private mutating func address(_ local: String, _ domain: String, sign: String) -> String {
    counts.addresses.insert("\(local)@\(domain)".lowercased())
    return redactedLocal(local) + sign + redactedDomain(domain)
  }

  /// The part before the `@`, whose pieces have names of their own: it may hold another address (VERP, SRS).
  private mutating func redactedLocal(_ local: String) -> String {
    let lower = local.lowercased()
    if Pseudonyms.roles.contains(lower) { return local }
    for separator in ["=", "+", "-"] {
      if let cut = local.range(of: separator) {
        let left = String(local[..<cut.lowerBound])
        let right = String(local[cut.upperBound...])
        return part(left, separator) + separator + (right.isEmpty ? "" : part(right, separator))
      }
    }
    return part(local, "")
  }

  private mutating func part(_ text: String, _ separator: String) -> String {
    if text.isEmpty { return text }
    let lower = text.lowercased()
    if Pseudonyms.roles.contains(lower) || lower.hasPrefix("srs") { return text }
    if separator == "=", HostName.isHost(text) { return redactedDomain(text) }
    if ["=", "+", "-"].contains(where: text.contains) { return redactedLocal(text) }
    if let known = locals[lower] { return known }
    locals[lower] = "p\(locals.count + 1)"
    return locals[lower] ?? text
  }

  /// Local parts that name a role, by which mail servers and lists are told.
  private static let roles: Set<String> = [
    "mailer-daemon", "mailer", "daemon", "postmaster", "hostmaster", "webmaster", "root", "abuse", "noreply",
    "no-reply",
    "no", "reply", "donotreply", "do-not-reply", "bounce", "bounces", "return", "returns", "owner", "request", "list",
    "lists", "majordomo", "listserv", "mailman", "subscribe", "unsubscribe", "leave", "join", "newsletter", "news",
    "info", "support", "service", "sales", "office", "contact", "admin", "administrator", "complaints", "complaint",
    "feedback", "fbl", "feedbackloop", "staff", "mdaemon", "autoreply", "system", "mail", "prvs", "btv1",
    "staff.hotmail",
    "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e",
  ]

  /// A run that is no address, in its pieces.
  private mutating func pieces(_ run: String) -> String {
    if run.count >= 6, TextShape.isIPv6(run) { return ip(run, version: 6) }
    var out = ""
    var piece = ""
    for character in run {
      if "=/?&:#!~*+".contains(character) {
        out += self.piece(piece) + String(character)
        piece = ""
      } else {
        piece.append(character)
      }
    }
    return out + self.piece(piece)
  }

  private mutating func piece(_ text: String) -> String {
    guard text.count > 3 else { return text }
    // A continued reply: `550-mx.example.com said`.
    if let dash = text.firstIndex(of: "-"), text[..<dash].count == 3, text[..<dash].allSatisfy(\.isNumber) {
      let next = text.index(after: dash)
      return text[..<next] + piece(String(text[next...]))
    }
    let core = String(text.reversed().drop { ".!?-".contains($0) }.reversed())
    let tail = text.dropFirst(core.count)
    if TextShape.isIPv4(core) { return ip(core, version: 4) + tail }
    if HostName.isHost(core) { return redactedDomain(core) + tail }
    if let masked = maskedID(core) { return masked + tail }
    return text
  }

  /// An id, a telephone or customer number, or an opaque token; nil for words.
  private mutating func maskedID(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    let digits = bytes.count { $0 &- 0x30 < 10 }
    let letters = bytes.count { ($0 | 0x20) &- 0x61 < 26 }
    let isNumber = letters == 0 && digits >= 7 && !text.contains(".") && !Pseudonyms.isDate(bytes)
    let isMixed = bytes.count >= 8 && digits >= 2 && letters >= 2 && !Pseudonyms.isTechnical(text)
    let isOpaque = letters >= 24 && !text.contains("-") && !text.contains("_") && !text.contains(".")
    guard isNumber || isMixed || isOpaque else { return nil }
    counts.ids += 1
    return String(
      decoding: bytes.map { byte -> UInt8 in
        switch byte {
        case 0x30...0x39: 0x30
        case 0x41...0x5A: 0x58
        case 0x61...0x7A: 0x78
        default: byte
        }
      }, as: UTF8.self)
  }

  private static func isDate(_ bytes: [UInt8]) -> Bool {
    bytes.count == 10 && (bytes[4] == 0x2D && bytes[7] == 0x2D || bytes[2] == 0x2D && bytes[5] == 0x2D)
  }

  /// Names of charsets, formats and programs.
  private static func isTechnical(_ text: String) -> Bool {
    let lower = text.lowercased()
    return ["iso-", "utf-", "windows-", "rfc", "x-", "base64", "koi8", "cp", "gb", "big5", "content-", "multipart"]
      .contains(where: lower.hasPrefix)
  }

  // MARK: hosts

  private mutating func redactedDomain(_ host: String) -> String {
    let lower = host.lowercased()
    let registered = HostName.registered(lower)
    if HostName.isExample(lower) || spared.contains(registered) { return host }
    if let known = hosts[lower] { return known }
    counts.hosts.insert(lower)
    let domain = domains[registered] ?? newDomain()
    domains[registered] = domain
    var labels: [String] = []
    for label in lower.split(separator: ".").dropLast(registered.split(separator: ".").count) {
      let word = label.prefix { $0.isLetter }
      let isGeneric = Pseudonyms.generic.contains(String(word)) && label.dropFirst(word.count).count <= 3
      labels.append(isGeneric ? String(label) : "h\(hosts.count + 1)")
    }
    let name = (labels + [domain]).joined(separator: ".")
    hosts[lower] = name
    return name
  }

  private mutating func newDomain() -> String {
    if !freeDomains.isEmpty { return freeDomains.removeFirst() }
    return "d\(domains.count + 1).example.net"
  }

  private static let generic: Set<String> = [
    "mx", "mail", "smtp", "www", "list", "lists", "bounce", "bounces", "relay", "out", "in", "mta", "news", "web",
    "host",
    "server", "gateway", "gw", "exchange", "postfix", "mailgate", "localhost",
  ]

  private mutating func ip(_ address: String, version: Int) -> String {
    if let known = ips[address] { return known }
    guard !address.hasPrefix("127."), !address.hasPrefix("192.0.2."), !address.hasPrefix("198.51.100."),
      !address.hasPrefix("203.0.113."), !address.hasPrefix("2001:db8:"), address != "0.0.0.0", address != "::1"
    else { return address }
    counts.hosts.insert(address)
    let number = ips.count + 1
    ips[address] = version == 4 ? "203.0.113.\(number % 255)" : "2001:db8::\(String(number, radix: 16))"
    return ips[address] ?? address
  }
}
