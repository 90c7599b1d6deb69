/// The words that a text must hold for a pattern to match it: what the automaton looks for in place of the pattern.
///
/// `(mailbox|inbox)\b.{0,40}\bfull` needs one of {mailbox, inbox} and `full`. Each set is a clause; a pattern is tried
/// only when every clause has shown one of its literals. A pattern may have none (`\d+`): it is always tried.
struct RequiredLiterals {
  /// Bytes in lower case; at most `RequiredLiterals.most` sets, the most telling first.
  let clauses: [[[UInt8]]]

  /// More clauses cost more to count than they save.
  private static let most = 3
  /// Alternatives are multiplied out up to this many.
  private static let breadth = 48
  /// A set with a lower weight than this is worth looking for only when there is none better.
  private static let telling = 3.0

  /// - Parameter expression: in PCRE2's syntax; where it uses more of it than is read here, there are no clauses.
  init(_ expression: String) {
    guard !Self.isBeyondReading(expression) else {
      clauses = []
      return
    }
    var reader = Reader(Array(expression.utf8))
    let found = reader.alternatives()
    guard reader.isAtEnd else {
      clauses = []
      return
    }
    var sets = found.required
    if let exact = found.exact { sets.append(exact) }
    let weighed = sets.map { (set: $0, weight: Self.weight($0)) }.filter { $0.weight > 0 }
      .enumerated().sorted { ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset) }.map(\.element)
    var chosen: [[[UInt8]]] = []
    for candidate in weighed where chosen.isEmpty || candidate.weight >= Self.telling {
      if chosen.count < Self.most, !chosen.contains(candidate.set) { chosen.append(candidate.set) }
    }
    clauses = chosen
  }

  /// Groups with options, names or looks around, and escapes that spell characters.
  private static func isBeyondReading(_ expression: String) -> Bool {
    let bytes = Array(expression.utf8)
    for (at, byte) in bytes.enumerated().dropLast() {
      let next = bytes[at + 1]
      if byte == UInt8(ascii: "("), next == UInt8(ascii: "*") { return true }
      if byte == UInt8(ascii: "("), next == UInt8(ascii: "?"), bytes.dropFirst(at + 2).first != UInt8(ascii: ":") {
        return true
      }
      if byte == UInt8(ascii: "\\"), "xoQEpPNcgkuULC0123456789".utf8.contains(next) { return true }
    }
    return false
  }

  /// Words that stand in nearly every report or letter: seeing one says little.
  private static let common: Set<[UInt8]> = Set([
    "mail", "e-mail", "email", "message", "messages", "address", "recipient", "user", "mailbox", "account", "server",
    "host", "delivery", "deliver", "sender", "your", "this", "that", "the", "from", "have", "has", "been", "was", "not",
    "with", "for", "you", "and", "are", "error", "smtp", "failed", "system", "domain", "following", "does", "could",
    "there", "will", "original", "subject", "sent", "transport", "remote", "connection", "reason", "could not",
  ].map { Array($0.utf8) })

  /// With blanks at both ends.
  private static let longestCommon = (common.map(\.count).max() ?? 0) + 2

  /// How much it says that one of the set stands in a text.
  private static func weight(_ set: [[UInt8]]) -> Double {
    var least = 12.0
    for literal in set {
      if literal.isEmpty { return 0 }
      let length = min(Double(literal.count), 12)
      if length <= least { least = length }
      if least > 2, literal.count <= longestCommon, common.contains(withoutBlanks(literal)) { least = 2 }
    }
    return set.isEmpty ? 0 : max(least - 0.05 * Double(set.count), least > 0 ? 0.01 : 0)
  }

  /// The set of a piece that says most.
  private static func best(_ known: Known) -> [[UInt8]]? {
    var best: [[UInt8]]?
    var most = -1.0
    for set in (known.exact.map { [$0] } ?? []) + known.required {
      let weight = weight(set)
      if best == nil || weight > most { (best, most) = (set, weight) }
    }
    return best
  }

  /// A literal without blanks at its ends.
  private static func withoutBlanks(_ literal: [UInt8]) -> [UInt8] {
    guard literal.first == 0x20 || literal.last == 0x20 else { return literal }
    return Array(literal.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
  }

  /// What is known of a piece of a pattern.
  private struct Known {
    /// All texts that it matches, when they are few.
    var exact: [[UInt8]]?
    /// Sets of which each match holds a member.
    var required: [[[UInt8]]] = []

    static let nothing = Known(exact: nil)
    static let empty = Known(exact: [[]])
  }

  /// Reads the syntax that `PatternText` lets through.
  private struct Reader {
    let bytes: [UInt8]
    var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at >= bytes.count }

    mutating func alternatives() -> Known {
      var all = [sequence()]
      while !isAtEnd, bytes[at] == UInt8(ascii: "|") {
        at += 1
        all.append(sequence())
      }
      if all.count == 1 { return all[0] }
      var exact: [[UInt8]]? = []
      var union: [[UInt8]]? = []
      for known in all {
        if exact != nil {
          if let more = known.exact { exact?.append(contentsOf: more) } else { exact = nil }
        }
        guard union != nil else { continue }
        if let best = RequiredLiterals.best(known) { union?.append(contentsOf: best) } else { union = nil }
      }
      if let few = exact, few.count > RequiredLiterals.breadth { exact = nil }
      if let exact { return Known(exact: unique(exact)) }
      guard let union, union.count <= 256, RequiredLiterals.weight(union) > 0 else { return .nothing }
      return Known(exact: nil, required: [unique(union)])
    }

    private mutating func sequence() -> Known {
      var run: [[UInt8]] = [[]]
      var sets: [[[UInt8]]] = []
      var isExact = true
      func flush() {
        if !run.contains([]) { sets.append(unique(run)) }
        run = [[]]
      }
      while !isAtEnd, bytes[at] != UInt8(ascii: "|"), bytes[at] != UInt8(ascii: ")") {
        let piece = quantified(atom())
        if let exact = piece.exact, exact.count * run.count <= RequiredLiterals.breadth {
          run = run.flatMap { head in exact.map { head + $0 } }
          continue
        }
        isExact = false
        flush()
        if let exact = piece.exact { run = exact }
        sets += piece.required
      }
      if isExact { return Known(exact: unique(run)) }
      flush()
      return Known(exact: nil, required: sets)
    }

    private mutating func quantified(_ piece: Known) -> Known {
      guard !isAtEnd else { return piece }
      var least = 1
      var most = 1
      switch bytes[at] {
      case UInt8(ascii: "?"): (least, most) = (0, 1)
      case UInt8(ascii: "*"): (least, most) = (0, .max)
      case UInt8(ascii: "+"): (least, most) = (1, .max)
      case UInt8(ascii: "{"):
        guard let close = bytes[at...].firstIndex(of: UInt8(ascii: "}")) else { return piece }
        let parts = String(decoding: bytes[(at + 1)..<close], as: UTF8.self)
          .split(separator: ",", omittingEmptySubsequences: false)
        least = Int(parts[0]) ?? 0
        most = parts.count == 1 ? least : Int(parts[1]) ?? .max
        at = close
      default: return piece
      }
      at += 1
      if !isAtEnd, bytes[at] == UInt8(ascii: "?") || bytes[at] == UInt8(ascii: "+") { at += 1 }
      if least == 0 {
        guard most == 1, let exact = piece.exact else { return .nothing }
        return Known(exact: unique(exact + [[]]))
      }
      if most == 1 { return piece }
      return Known(exact: nil, required: piece.exact.map { $0.contains([]) ? [] : [$0] } ?? piece.required)
    }

    private mutating func atom() -> Known {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "("):
        if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "?"), bytes[at + 1] == UInt8(ascii: ":") { at += 2 }
        let inside = alternatives()
        if !isAtEnd { at += 1 }
        return inside
      case UInt8(ascii: "["): return members()
      case UInt8(ascii: "."): return .nothing
      case UInt8(ascii: "^"), UInt8(ascii: "$"): return .empty
      case UInt8(ascii: "\\"):
        guard !isAtEnd else { return .nothing }
        let next = bytes[at]
        at += 1
        switch next {
        case UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "A"), UInt8(ascii: "z"), UInt8(ascii: "Z"):
          return .empty
        case UInt8(ascii: "n"): return Known(exact: [[0x0A]])
        case UInt8(ascii: "t"): return Known(exact: [[0x09]])
        default: return isLetterOrDigit(next) ? .nothing : Known(exact: [[next]])
        }
      default: return Known(exact: [[lower(byte)]])
      }
    }

    /// A class: exact when it names few bytes one by one.
    private mutating func members() -> Known {
      var list: [[UInt8]] = []
      var isFew = true
      if !isAtEnd, bytes[at] == UInt8(ascii: "^") { isFew = false }
      while !isAtEnd, bytes[at] != UInt8(ascii: "]") {
        var byte = bytes[at]
        at += 1
        if byte == UInt8(ascii: "\\"), !isAtEnd {
          byte = bytes[at]
          at += 1
          if isLetterOrDigit(byte) { isFew = false }
        } else if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "[") {
          isFew = isFew && (list.isEmpty || isAtEnd || bytes[at] == UInt8(ascii: "]")) && byte != UInt8(ascii: "[")
          // A POSIX class, `[:alpha:]`, has a bracket of its own.
          if byte == UInt8(ascii: "["), !isAtEnd, bytes[at] == UInt8(ascii: ":"),
            let close = bytes[at...].firstIndex(of: UInt8(ascii: "]"))
          {
            at = close + 1
          }
        }
        list.append([lower(byte)])
      }
      at += 1
      return isFew && list.count <= 6 ? Known(exact: unique(list)) : .nothing
    }

    private func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
    private func isLetterOrDigit(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 }

    private func unique(_ list: [[UInt8]]) -> [[UInt8]] {
      if list.count < 2 { return list }
      var seen: Set<[UInt8]> = []
      return list.filter { seen.insert($0).inserted }
    }
  }
}
