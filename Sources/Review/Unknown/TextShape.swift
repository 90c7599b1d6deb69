import Foundation

/// What stays of a text when all is masked that differs from one mail to the next: addresses, hosts, numbers, ids.
/// Texts of one shape are one wording.
struct TextShape: Hashable {
  /// A word as it stands, or a kind of thing.
  enum Token: Hashable {
    case word(String)
    case masked(Mask)
  }

  /// A kind of thing that differs from mail to mail.
  enum Mask: String, Hashable, CaseIterable {
    case address = "ADDRESS"
    case host = "HOST"
    case ip = "IP"
    case url = "URL"
    case number = "N"
    case id = "ID"
  }

  /// In lower case.
  let tokens: [Token]

  /// - Parameter words: more than these are cut off.
  init(_ text: String, words limit: Int = 40) {
    var tokens: [Token] = []
    for piece in text.split(whereSeparator: \.isWhitespace) {
      let before = piece.prefix { TextShape.opening.contains($0) }
      var core = piece.dropFirst(before.count)
      var after = ""
      while let last = core.last, TextShape.closing.contains(last) {
        after = String(last) + after
        core = core.dropLast()
      }
      var next: [Token] = []
      if !before.isEmpty { next.append(.word(String(before))) }
      if let mask = TextShape.mask(String(core)) {
        next.append(.masked(mask))
      } else if !core.isEmpty {
        next.append(.word(core.lowercased()))
      }
      if !after.isEmpty { next.append(.word(after)) }
      tokens += next
      if tokens.count >= limit { break }
    }
    self.tokens = Array(tokens.prefix(limit))
  }

  /// For a person, and to sort by.
  var text: String {
    tokens.map { token in
      switch token {
      case .word(let word): word
      case .masked(let mask): mask.rawValue
      }
    }.joined(separator: " ")
  }

  /// Words that are letters: what the next rule can look for.
  var wordCount: Int {
    tokens.count { token in
      if case .word(let word) = token { return word.contains(where: \.isLetter) }
      return false
    }
  }

  private static let opening = Set("<([{\"'«“‘`*_")
  private static let closing = Set(">)]}\"'»”’`*_,;:.!?")

  /// What kind of thing a word is; nil for a word.
  static func mask(_ word: String) -> Mask? {
    let bytes = Array(word.utf8)
    if bytes.isEmpty { return nil }
    if word.contains("://") || word.lowercased().hasPrefix("www.") { return .url }
    if bytes.contains(0x40) { return .address }
    let digits = bytes.count { $0 &- 0x30 < 10 }
    let letters = bytes.count { ($0 | 0x20) &- 0x61 < 26 }
    if isIPv4(word) || isIPv6(word) { return .ip }
    if digits == 0 { return HostName.isHost(word) ? .host : nil }
    if letters == 0 {
      // Codes are words of the wording: 550, 5.1.1.
      return isCode(word) ? nil : .number
    }
    if isCode(word.split(separator: "-", maxSplits: 1).first.map(String.init) ?? ""), word.count < 12 { return nil }
    if HostName.isHost(word) { return .host }
    if word.count >= 8, digits >= 2 { return .id }
    return digits * 2 > letters ? .id : nil
  }

  /// A reply code or an enhanced status code, with what may stand around it: `550`, `#5.1.1`, `550-5.7.1`.
  private static func isCode(_ word: String) -> Bool {
    let core = word.trimmingCharacters(in: CharacterSet(charactersIn: "#()[]-"))
    let parts = core.split(separator: "-").map(String.init)
    guard !parts.isEmpty, parts.count <= 2 else { return false }
    return parts.allSatisfy { part in
      let numbers = part.split(separator: ".", omittingEmptySubsequences: false)
      guard numbers.allSatisfy({ !$0.isEmpty && $0.count <= 3 && $0.allSatisfy(\.isNumber) }) else { return false }
      let first = numbers[0]
      return numbers.count == 1
        ? first.count == 3 && "2345".contains(first.first ?? "0")
        : numbers.count == 3 && first.count == 1 && "245".contains(first.first ?? "0")
    }
  }

  static func isIPv4(_ word: String) -> Bool {
    let parts = word.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }

  static func isIPv6(_ word: String) -> Bool {
    let parts = word.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts.count <= 9, word.contains("::") || parts.count == 8 else { return false }
    return parts.allSatisfy { $0.count <= 4 && $0.allSatisfy(\.isHexDigit) }
  }
}
