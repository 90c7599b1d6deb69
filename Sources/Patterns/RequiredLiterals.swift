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
    var literals: [[UInt8]]
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
  private static func isBeyondReading(_ expression: String) -> Bool {
    let bytes = Array(expression.utf8)
    for (at, byte) in bytes.enumerated().dropLast() {
      let rest = bytes[(at + 1)...]
      if byte == UInt8(ascii: "("), rest.first == UInt8(ascii: "*") { return true }
      if byte == UInt8(ascii: "("), rest.first == UInt8(ascii: "?"),
        !["?:", "?=", "?!", "?<=", "?<!"].contains(where: { rest.starts(with: $0.utf8) })
      {
        return true
      }
      if byte == UInt8(ascii: "\\"), let next = rest.first {
        if "oQEpPNcgkuULC0123456789".utf8.contains(next) { return true }
        if next == UInt8(ascii: "x"), Self.hex(rest.dropFirst()) == nil { return true }
      }
    }
    return false
  }

  /// The byte that two hexadecimal digits at the beginning spell.
  private static func hex(_ bytes: ArraySlice<UInt8>) -> UInt8? {
    guard bytes.count >= 2 else { return nil }
    return UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
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
  private static func best(_ known: Known) -> Clause? {
    var best: Clause?
    var most = -1.0
    for set in (known.exact.map { [Clause(literals: $0, distance: .nothing)] } ?? []) + known.required {
      let weight = weight(set.literals)
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
    var required: [Clause] = []
    /// How long a match of it is.
    var length: Span

    init(exact: [[UInt8]]) {
      self.exact = exact
      length = exact.map { Span(least: $0.count, most: $0.count) }.reduce(nil) { $0?.union($1) ?? $1 } ?? .nothing
    }

    init(required: [Clause] = [], length: Span) {
      self.required = required
      self.length = length
    }

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
      var union: Clause? = Clause(literals: [], distance: .nothing)
      let length = all.dropFirst().reduce(all[0].length) { $0.union($1.length) }
      for known in all {
        if exact != nil {
          if let more = known.exact { exact?.append(contentsOf: more) } else { exact = nil }
        }
        guard let sum = union else { continue }
        union = RequiredLiterals.best(known).map { best in
          Clause(
            literals: sum.literals + best.literals,
            distance: sum.literals.isEmpty ? best.distance : sum.distance.union(best.distance))
        }
      }
      if let few = exact, few.count > RequiredLiterals.breadth { exact = nil }
      if let exact { return Known(exact: unique(exact)) }
      guard var union, union.literals.count <= 256, RequiredLiterals.weight(union.literals) > 0 else {
        return Known(length: length)
      }
      union.literals = unique(union.literals)
      return Known(required: [union], length: length)
    }

    private mutating func sequence() -> Known {
      var run: [[UInt8]] = [[]]
      /// What stands before the run, and before the next piece.
      var start = Span.nothing
      var end = Span.nothing
      var sets: [Clause] = []
      var isExact = true
      func flush() {
        if !run.contains([]) { sets.append(Clause(literals: unique(run), distance: start)) }
        run = [[]]
        start = end
      }
      while !isAtEnd, bytes[at] != UInt8(ascii: "|"), bytes[at] != UInt8(ascii: ")") {
        if let byte = plainByte() {
          for place in run.indices { run[place].append(byte) }
          end = end + .one
          continue
        }
        let piece = quantified(atom())
        if let exact = piece.exact, exact.count * run.count <= RequiredLiterals.breadth {
          run = run.flatMap { head in exact.map { head + $0 } }
          end = end + piece.length
          continue
        }
        isExact = false
        flush()
        for clause in piece.required {
          sets.append(Clause(literals: clause.literals, distance: end + clause.distance))
        }
        end = end + piece.length
        if let exact = piece.exact { run = exact } else { start = end }
      }
      if isExact { return Known(exact: unique(run)) }
      flush()
      return Known(required: sets, length: end)
    }

    /// A byte that stands for itself, once: what most of a pattern is.
    private mutating func plainByte() -> UInt8? {
      let byte = bytes[at]
      guard !Self.isSyntax[Int(byte)], at + 1 >= bytes.count || !Self.isQuantifier(bytes[at + 1]) else { return nil }
      at += 1
      return lower(byte)
    }

    private static let isSyntax: [Bool] = (0..<256).map { "|()[\\.^$?*+{".utf8.contains(UInt8($0)) }

    private static func isQuantifier(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "?") || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "{")
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
        // Some versions read `{,3}` as a repeat, some as it stands.
        if parts[0].isEmpty {
          at = close + 1
          return Known(length: .any)
        }
        guard parts.allSatisfy({ $0.allSatisfy(\.isNumber) }) else { return piece }
        least = Int(parts[0]) ?? 0
        most = parts.count == 1 ? least : Int(parts[1]) ?? .max
        at = close
      default: return piece
      }
      at += 1
      if !isAtEnd, bytes[at] == UInt8(ascii: "?") || bytes[at] == UInt8(ascii: "+") { at += 1 }
      let length = piece.length.times(least, most)
      if least == 0 {
        guard most == 1, let exact = piece.exact else { return Known(length: length) }
        return Known(exact: unique(exact + [[]]))
      }
      if most == 1 { return piece }
      let once = piece.exact.map { $0.contains([]) ? [] : [Clause(literals: $0, distance: .nothing)] }
      return Known(required: once ?? piece.required, length: length)
    }

    private mutating func atom() -> Known {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "("):
        let looksAround = openGroup()
        let inside = alternatives()
        if !isAtEnd { at += 1 }
        return looksAround ? .empty : inside
      case UInt8(ascii: "["): return members()
      case UInt8(ascii: "."): return Known(length: .one)
      case UInt8(ascii: "^"), UInt8(ascii: "$"): return .empty
      case UInt8(ascii: "\\"):
        guard !isAtEnd else { return Known(length: .any) }
        let next = bytes[at]
        at += 1
        switch next {
        case UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "A"), UInt8(ascii: "z"), UInt8(ascii: "Z"):
          return .empty
        case UInt8(ascii: "x"):
          guard let byte = RequiredLiterals.hex(bytes[at...]) else { return Known(length: .any) }
          at += 2
          return Known(exact: [[lower(byte)]])
        case UInt8(ascii: "n"): return Known(exact: [[0x0A]])
        case UInt8(ascii: "t"): return Known(exact: [[0x09]])
        case UInt8(ascii: "d"), UInt8(ascii: "D"), UInt8(ascii: "s"), UInt8(ascii: "S"), UInt8(ascii: "w"),
          UInt8(ascii: "W"):
          return Known(length: .one)
        default: return isLetterOrDigit(next) ? Known(length: .any) : Known(exact: [[next]])
        }
      default: return Known(exact: [[lower(byte)]])
      }
    }

    /// Reads what follows an opening parenthesis; true when the group is a look around, which takes no bytes.
    private mutating func openGroup() -> Bool {
      guard at + 1 < bytes.count, bytes[at] == UInt8(ascii: "?") else { return false }
      at += 1
      let isPlain = bytes[at] == UInt8(ascii: ":")
      if bytes[at] == UInt8(ascii: "<") { at += 1 }
      at += 1
      return !isPlain
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
      return isFew && list.count <= 6 ? Known(exact: unique(list)) : Known(length: .one)
    }

    private func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
    private func isLetterOrDigit(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 }

    private func unique(_ list: [[UInt8]]) -> [[UInt8]] {
      if list.count < 2 { return list }
      // To compare a few is cheaper than to hash them.
      if list.count <= RequiredLiterals.breadth {
        var kept: [[UInt8]] = []
        kept.reserveCapacity(list.count)
        for literal in list where !kept.contains(literal) { kept.append(literal) }
        return kept
      }
      var seen: Set<[UInt8]> = []
      return list.filter { seen.insert($0).inserted }
    }
  }
}
