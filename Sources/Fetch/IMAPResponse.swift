/// A response of an IMAP server (RFC 9051 §7). The literals of messages have been taken out of it.
struct IMAPResponse {
  enum Status: String {
    case ok, no, bad, bye, preauth
  }

  /// The text; a message's literal is `""` in it.
  var text: String

  /// The tag, `*` or `+`.
  var tag: Substring { word(0) }

  /// OK, NO and the rest.
  var status: Status? { Status(rawValue: word(1).lowercased()) }

  /// Whether it is `* n FETCH`.
  var isFetch: Bool { tag == "*" && word(2).lowercased() == "fetch" }

  /// What follows the tag, for a person.
  var words: String { String(text.dropFirst(tag.count).drop { $0 == " " }) }

  /// The number in a response code such as `[UIDVALIDITY 7]`.
  func code(_ name: String) -> UInt32? {
    guard let open = text.range(of: "[\(name) ", caseless: true) else { return nil }
    return UInt32(text[open.upperBound...].prefix { $0 != "]" })
  }

  /// The word at a place, words being divided by single spaces.
  private func word(_ index: Int) -> Substring {
    let words = text.split(separator: " ", maxSplits: index + 1, omittingEmptySubsequences: false)
    return index < words.count ? words[index] : ""
  }
}

/// What a FETCH response says of a message: its UID, and its text where that was short enough to come in quotes.
struct IMAPFetched {
  private(set) var uid: UInt32?
  private(set) var quotedBody: String?

  /// Takes the items of a FETCH response apart, whatever their order. Quoted strings are told from atoms, so nothing in
  /// a message can pass for its UID.
  init(_ text: String) {
    var scanner = IMAPScanner(text)
    while let word = scanner.next() {
      guard case .atom(let name) = word else { continue }
      switch name.lowercased() {
      case "uid": if case .atom(let value)? = scanner.next() { uid = UInt32(value) }
      case "body[]": if case .quoted(let body)? = scanner.next() { quotedBody = body }
      default: break
      }
    }
  }
}

/// Divides a response into atoms and quoted strings; parentheses are passed over.
struct IMAPScanner {
  enum Word: Equatable {
    case atom(String)
    /// Its text, without the quotes and the backslashes that quote.
    case quoted(String)
  }

  private var rest: Substring.UTF8View

  init(_ text: String) { rest = Substring(text).utf8 }

  mutating func next() -> Word? {
    rest = rest.drop { $0 == 0x20 || $0 == 0x28 || $0 == 0x29 }[...]
    guard let first = rest.first else { return nil }
    if first == 0x22 { return .quoted(quoted()) }
    // BODY[HEADER.FIELDS (DATE)] is one word.
    var depth = 0
    let word = rest.prefix { byte in
      if byte == 0x5B { depth += 1 } else if byte == 0x5D { depth -= 1 }
      return depth > 0 || byte != 0x20 && byte != 0x28 && byte != 0x29
    }
    rest = rest[word.endIndex...]
    return .atom(String(Substring(word)))
  }

  private mutating func quoted() -> String {
    var text: [UInt8] = []
    rest = rest.dropFirst()
    while let byte = rest.popFirst(), byte != 0x22 {
      if byte != 0x5C { text.append(byte) } else if let next = rest.popFirst() { text.append(next) }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension String {
  /// The first place of an ASCII text.
  func range(of needle: String, caseless: Bool) -> Range<String.Index>? {
    let (all, wanted) = (Array(lowercased().utf8), Array(needle.lowercased().utf8))
    guard all.count == utf8.count, all.count >= wanted.count else { return nil }
    for start in 0...(all.count - wanted.count) where all[start..<start + wanted.count].elementsEqual(wanted) {
      let from = utf8.index(utf8.startIndex, offsetBy: start)
      return from..<utf8.index(from, offsetBy: wanted.count)
    }
    return nil
  }
}
