extension RequiredLiterals {
  /// What is known of a piece of a pattern.
  struct Known {
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
  struct Reader {
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
        case UInt8(ascii: "t"): return Known(exact: [[0x09]])
        // A line end is in every text; without it, words stay within lines.
        case UInt8(ascii: "d"), UInt8(ascii: "D"), UInt8(ascii: "s"), UInt8(ascii: "S"), UInt8(ascii: "w"),
          UInt8(ascii: "W"), UInt8(ascii: "n"):
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
