import ByteSlices

/// The words that a text must hold for a pattern to match it: what the automaton looks for in place of the pattern.
///
/// `(mailbox|inbox)\b.{0,40}\bfull` needs one of {mailbox, inbox} and `full`. Each set is a clause; a pattern is tried
/// only when every clause has shown one of its literals. A pattern may have none (`\d+`): it is always tried.
///
/// Each clause knows how far behind the beginning of a match its literals may stand. So where they do stand in a text
/// tells where a match may begin, often nowhere: `block.{0,40}(spamhaus|sorbs)` needs no look at "spamhaus … block".
struct RequiredLiterals {
  /// Literals of which each match holds one.
  struct Clause: Equatable {
    /// Bytes in lower case.
    var literals: WordList
    /// Bytes from the beginning of a match to the literal.
    var distance: Span

    /// Whether none is so short that it stands everywhere.
    var isLong: Bool { literals.allSatisfy { $0.count > 2 } }
  }

  /// How many bytes, from the least to the most.
  struct Span: Equatable {
    /// Not known, or without end.
    static let endless = 1 << 30
    var least: Int
    var most: Int

    static let nothing = Span(least: 0, most: 0)
    static let one = Span(least: 1, most: 1)
    static let any = Span(least: 0, most: endless)

    static func + (a: Span, b: Span) -> Span {
      Span(least: min(a.least + b.least, endless), most: min(a.most + b.most, endless))
    }

    func union(_ other: Span) -> Span { Span(least: min(least, other.least), most: max(most, other.most)) }

    func times(_ least: Int, _ most: Int) -> Span {
      func product(_ a: Int, _ b: Int) -> Int {
        let (value, isOver) = a.multipliedReportingOverflow(by: b)
        return isOver ? Span.endless : min(value, Span.endless)
      }
      return Span(least: product(self.least, least), most: product(self.most, most))
    }
  }

  /// At most `RequiredLiterals.most`, the most telling first.
  let clauses: [Clause]

  /// More clauses cost more to count than they save.
  static let most = 3
  /// Alternatives are multiplied out up to this many.
  static let breadth = 48
  /// A set with a lower weight than this is worth looking for only when there is none better.
  private static let telling = 3.0

  /// - Parameter expression: in PCRE2's syntax; where it uses more of it than is read here, there are no clauses.
  init(_ expression: String) {
    let bytes = Array(expression.utf8)
    guard !Self.isBeyondReading(bytes) else {
      clauses = []
      return
    }
    var reader = Reader(bytes)
    let found = reader.alternatives()
    guard reader.isAtEnd else {
      clauses = []
      return
    }
    var sets = found.required
    if let exact = found.exact { sets.append(Clause(literals: exact, distance: .nothing)) }
    let weighed = sets.map { (set: $0, weight: Self.weight($0.literals)) }.filter { $0.weight > 0 }
      .enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }.map(\.element)
    var chosen: [Clause] = []
    for candidate in weighed {
      guard chosen.count < Self.most, !chosen.contains(candidate.set) else { continue }
      let isWorthwhile = candidate.weight >= Self.telling || chosen.count == 1 && candidate.set.isLong
      if chosen.isEmpty || isWorthwhile { chosen.append(candidate.set) }
    }
    clauses = chosen
  }

  /// Groups with options or names, and escapes that spell characters otherwise than `\x27`.
  private static func isBeyondReading(_ bytes: [UInt8]) -> Bool {
    for at in bytes.indices.dropLast() {
      let next = bytes[at + 1]
      if bytes[at] == UInt8(ascii: "(") {
        if next == UInt8(ascii: "*") { return true }
        if next == UInt8(ascii: "?"),
          !["?:", "?=", "?!", "?<=", "?<!"].contains(where: { bytes[(at + 1)...].starts(with: $0.utf8) })
        {
          return true
        }
      }
      if bytes[at] == UInt8(ascii: "\\") {
        if isBeyond[Int(next)] { return true }
        if next == UInt8(ascii: "x"), hex(bytes[(at + 2)...]) == nil { return true }
      }
    }
    return false
  }

  /// By the letter behind a backslash.
  private static let isBeyond: [Bool] = (0..<256).map { "oQEpPNcgkuULC0123456789".utf8.contains(UInt8($0)) }

  /// The byte that two hexadecimal digits at the beginning spell.
  static func hex(_ bytes: ArraySlice<UInt8>) -> UInt8? {
    guard bytes.count >= 2, let high = bytes[bytes.startIndex].hexValue, let low = bytes[bytes.startIndex + 1].hexValue
    else { return nil }
    return high << 4 | low
  }

  /// Words that stand in nearly every report or letter: seeing one says little.
  private static let common: Set<[UInt8]> = Set(
    [
      "mail", "e-mail", "email", "message", "messages", "address", "recipient", "user", "mailbox", "account", "server",
      "host", "delivery", "deliver", "sender", "your", "this", "that", "the", "from", "have", "has", "been", "was",
      "not",
      "with", "for", "you", "and", "are", "error", "smtp", "failed", "system", "domain", "following", "does", "could",
      "there", "will", "original", "subject", "sent", "transport", "remote", "connection", "reason", "could not",
    ].map { Array($0.utf8) })

  /// The lengths and first letters of them, as places in a table: nearly all other words differ in these.
  private static let commonLooks: [Bool] = {
    var table = [Bool](repeating: false, count: 1 << 10)
    for word in common { table[look(word.count, word[0])] = true }
    return table
  }()

  /// With blanks at both ends.
  private static let longestCommon = (common.map(\.count).max() ?? 0) + 2

  private static func look(_ count: Int, _ first: UInt8) -> Int { (count & 31) << 5 | Int(first & 31) }

  /// Whether a literal is a common word, but for blanks at its ends.
  private static func isCommon(_ literal: UnsafeBufferPointer<UInt8>) -> Bool {
    guard literal.count <= longestCommon else { return false }
    var word = literal[...]
    while word.first == 0x20 { word = word.dropFirst() }
    while word.last == 0x20 { word = word.dropLast() }
    guard let first = word.first, commonLooks[look(word.count, first)] else { return false }
    return common.contains(Array(word))
  }

  /// How much it says that one of the set stands in a text.
  static func weight(_ set: WordList) -> Double {
    if set.isEmpty || set.hasBlank { return 0 }
    var least = 12.0
    set.forEach { literal in
      least = min(least, Double(literal.count))
      if least > 2, isCommon(literal) { least = 2 }
    }
    return max(least - 0.05 * Double(set.count), 0.01)
  }

  /// The set of a piece that says most.
  static func best(_ known: Known) -> Clause? {
    if let exact = known.exact { return Clause(literals: exact, distance: .nothing) }
    guard known.required.count > 1 else { return known.required.first }
    var best: Clause?
    var most = -1.0
    for set in known.required {
      let weight = weight(set.literals)
      if weight > most { (best, most) = (set, weight) }
    }
    return best
  }
}
