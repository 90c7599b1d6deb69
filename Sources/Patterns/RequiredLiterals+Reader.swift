extension RequiredLiterals {
  /// What is known of a piece of a pattern.
  struct Known {
    /// All texts that it matches, when they are few.
    var exact: WordList?
    var required: [Clause] = []
    /// How long a match of it is.
    var length: Span

    init(exact: WordList) {
      self.exact = exact
      let (least, most) = exact.lengths
      length = Span(least: least, most: most)
    }

    init(required: [Clause] = [], length: Span) {
      self.required = required
      self.length = length
    }

    static let empty = Known(exact: .blank)
  }

  /// What is known of alternatives, of which any may match.
  private struct Choice {
    /// What each of them needs, or all that it matches.
    private var literals = WordList()
    private var distance = Span.nothing
    private var areExact = true
    /// One of them needs nothing.
    private var isOpen = false
    private var length: Span?

    var isEmpty: Bool { length == nil }

    mutating func add(_ word: ArraySlice<UInt8>) {
      add(Span(least: word.count, most: word.count))
      if isOpen { return }
      distance = literals.isEmpty ? .nothing : distance.union(.nothing)
      literals.append(word)
    }

    mutating func add(_ other: Known) {
      add(other.length)
      unite(other)
    }

    private mutating func add(_ other: Span) { length = length?.union(other) ?? other }

    private mutating func unite(_ known: Known) {
      if known.exact == nil { areExact = false }
      if isOpen { return }
      guard let best = RequiredLiterals.best(known) else { return isOpen = true }
      distance = literals.isEmpty ? best.distance : distance.union(best.distance)
      literals.append(best.literals)
    }

    /// What holds for the whole.
    func known() -> Known {
      let length = length ?? .nothing
      if isOpen { return Known(length: length) }
      let isExact = areExact && literals.count <= RequiredLiterals.breadth
      if !isExact, literals.count > 256 || RequiredLiterals.weight(literals) <= 0 { return Known(length: length) }
      var distinct = literals
      distinct.removeDuplicates()
      if isExact { return Known(exact: distinct) }
      return Known(required: [Clause(literals: distinct, distance: distance)], length: length)
    }
  }

  /// Reads the syntax that `PatternText` lets through.
  struct Reader {
    let bytes: [UInt8]
    private let lowered: [UInt8]
    var at = 0

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      lowered = bytes.map(Reader.lower)
    }

    var isAtEnd: Bool { at >= bytes.count }

    mutating func alternatives() -> Known {
      var choice = Choice()
      while true {
        let plain = plainBytes()
        if isAtEnd || bytes[at] == UInt8(ascii: "|") || bytes[at] == UInt8(ascii: ")") {
          choice.add(lowered[plain])
        } else {
          at = plain.lowerBound
          let known = sequence()
          if choice.isEmpty, isAtEnd || bytes[at] != UInt8(ascii: "|") { return known }
          choice.add(known)
        }
        if isAtEnd || bytes[at] != UInt8(ascii: "|") { return choice.known() }
        at += 1
      }
    }

    private mutating func sequence() -> Known {
      var run = WordList.blank
      /// What stands before the run, and before the next piece.
      var start = Span.nothing
      var end = Span.nothing
      var sets: [Clause] = []
      var isExact = true
      func flush() {
        if !run.hasBlank {
          run.removeDuplicates()
          sets.append(Clause(literals: run, distance: start))
        }
        run = .blank
        start = end
      }
      while !isAtEnd, bytes[at] != UInt8(ascii: "|"), bytes[at] != UInt8(ascii: ")") {
        let plain = plainBytes()
        if !plain.isEmpty {
          run.extend(by: lowered[plain])
          end = end + Span(least: plain.count, most: plain.count)
          continue
        }
        let piece = quantified(atom())
        if let exact = piece.exact, exact.count * run.count <= RequiredLiterals.breadth {
          run.multiply(by: exact)
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
      if isExact {
        run.removeDuplicates()
        return Known(exact: run)
      }
      flush()
      return Known(required: sets, length: end)
    }

    /// The bytes up to the next that doesn't stand for itself, once: what most of a pattern is.
    private mutating func plainBytes() -> Range<Int> {
      let start = at
      while !isAtEnd, !Self.isSyntax[Int(bytes[at])] { at += 1 }
      if at > start, !isAtEnd, Self.isQuantifier(bytes[at]) { at -= 1 }
      return start..<at
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
        let parts = bytes[(at + 1)..<close].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        // Some versions read `{,3}` as a repeat, some as it stands.
        if parts[0].isEmpty {
          at = close + 1
          return Known(length: .any)
        }
        guard parts.allSatisfy({ $0.allSatisfy { $0 &- 0x30 < 10 } }) else { return piece }
        least = Self.number(parts[0]) ?? 0
        most = parts.count == 1 ? least : Self.number(parts[1]) ?? .max
        at = close
      default: return piece
      }
      at += 1
      if !isAtEnd, bytes[at] == UInt8(ascii: "?") || bytes[at] == UInt8(ascii: "+") { at += 1 }
      let length = piece.length.times(least, most)
      if least == 0 {
        guard most == 1, var exact = piece.exact else { return Known(length: length) }
        exact.append(.blank)
        exact.removeDuplicates()
        return Known(exact: exact)
      }
      if most == 1 { return piece }
      let once = piece.exact.map { $0.hasBlank ? [] : [Clause(literals: $0, distance: .nothing)] }
      return Known(required: once ?? piece.required, length: length)
    }

    /// What digits spell; nil without any, or when they are too many.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
      var number = digits.isEmpty ? nil : 0
      for digit in digits {
        number = number.flatMap { $0 < Span.endless ? $0 * 10 + Int(digit &- 0x30) : nil }
      }
      return number
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
          return Known(exact: WordList([Reader.lower(byte)]))
        case UInt8(ascii: "t"): return Known(exact: WordList([0x09]))
        // A line end is in every text; without it, words stay within lines.
        case UInt8(ascii: "d"), UInt8(ascii: "D"), UInt8(ascii: "s"), UInt8(ascii: "S"), UInt8(ascii: "w"),
          UInt8(ascii: "W"), UInt8(ascii: "n"):
          return Known(length: .one)
        default: return isLetterOrDigit(next) ? Known(length: .any) : Known(exact: WordList([next]))
        }
      default: return Known(exact: WordList([Reader.lower(byte)]))
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
      var list: [UInt8] = []
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
        list.append(Reader.lower(byte))
      }
      at += 1
      guard isFew, list.count <= 6 else { return Known(length: .one) }
      var words = WordList()
      for byte in list { words.append(WordList([byte])) }
      words.removeDuplicates()
      return Known(exact: words)
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
    private func isLetterOrDigit(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 }
  }
}
