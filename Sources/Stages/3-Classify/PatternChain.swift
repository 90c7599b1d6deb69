/// A pattern cut at its gaps: `user.{0,40}unknown` is the piece `user`, and within 40 bytes of it the piece `unknown`.
///
/// Bounded gaps are what server wordings are described by, and what automata are worst at: a thousand of them would take
/// half a minute to compile. The automaton looks for the pieces; `MatchState` checks the distances.
struct PatternChain {
  struct Piece: Equatable {
    let expression: String
    /// Bytes from the end of the piece before (or from the start of the text, for `\A`) to the start of this one.
    let gap: ClosedRange<Int>
    /// How long a match of the piece may be. Runs without an end (`\s+`, `\w*`) count as up to 24.
    let width: ClosedRange<Int>
  }

  let pieces: [Piece]
  /// The first piece's gap is counted from the start of the text.
  let fromStart: Bool

  /// One without gaps, which the automaton can do alone.
  var isPlain: Bool { pieces.count == 1 && !fromStart }

  /// The chains of an expression: one for each of its alternatives.
  static func chains(of expression: String) -> [PatternChain] {
    split(expression).flatMap { expand($0, room: 64) }.map(chain(of:))
  }

  /// Takes groups that hold gaps apart: `a(b.{0,9}c|d)e` is `ab.{0,9}ce` or `ade`. A group that is the whole
  /// alternative is taken apart in any case: many short expressions compile faster than a wide one.
  private static func expand(_ alternative: String, room: Int) -> [String] {
    let bytes = Array(alternative.utf8)
    var walker = PatternWalker(bytes)
    var open = 0
    while let at = walker.next() {
      if bytes[at] == UInt8(ascii: "("), walker.depth == 1 { open = at }
      guard bytes[at] == UInt8(ascii: ")"), walker.depth == 0 else { continue }
      let repeated = at + 1 < bytes.count && "?*+{".utf8.contains(bytes[at + 1])
      var from = open + 1
      if from + 1 < at, bytes[from] == UInt8(ascii: "?"), bytes[from + 1] == UInt8(ascii: ":") { from += 2 }
      guard !repeated, from <= at else { continue }
      let inside = String(decoding: bytes[from..<at], as: UTF8.self)
      let whole = open == 0 && at == bytes.count - 1
      guard whole || hasGap(Array(inside.utf8)) else { continue }
      let parts = split(inside)
      guard parts.count <= room else { continue }
      let before = String(decoding: bytes[..<open], as: UTF8.self)
      let after = String(decoding: bytes[(at + 1)...], as: UTF8.self)
      return parts.flatMap { expand(before + $0 + after, room: room / max(parts.count, 1)) }
    }
    return [alternative]
  }

  private static func hasGap(_ bytes: [UInt8]) -> Bool {
    var walker = PatternWalker(bytes)
    while let at = walker.next() { if bytes[at] == UInt8(ascii: "."), gapRange(bytes, at) != nil { return true } }
    return false
  }

  private static func chain(of alternative: String) -> PatternChain {
    let scalars = Array(alternative.utf8)
    var pieces: [Piece] = []
    var gap = 0...0
    var start = 0
    var fromStart = false
    func close(_ end: Int) {
      guard end > start else { return }
      let text = String(decoding: scalars[start..<end], as: UTF8.self)
      if text == "\\A", pieces.isEmpty {
        fromStart = true
      } else {
        pieces.append(Piece(expression: text, gap: gap, width: PatternWidth.of(text)))
      }
    }
    var walker = PatternWalker(scalars)
    while let at = walker.next() {
      guard walker.depth == 0, scalars[at] == UInt8(ascii: "."), let found = gapRange(scalars, at) else { continue }
      close(at)
      gap = found.range
      start = found.end
      walker.jump(to: found.end)
    }
    close(scalars.count)
    return PatternChain(pieces: pieces, fromStart: fromStart)
  }

  /// Reads `.{m,n}` or `.{n}`.
  private static func gapRange(_ bytes: [UInt8], _ at: Int) -> (range: ClosedRange<Int>, end: Int)? {
    guard at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "{") else { return nil }
    guard let close = bytes[(at + 2)...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
    let numbers = String(decoding: bytes[(at + 2)..<close], as: UTF8.self).split(
      separator: ",", omittingEmptySubsequences: false)
    guard let low = numbers.first.flatMap({ Int($0) }), let high = numbers.last.flatMap({ Int($0) }), low <= high else {
      return nil
    }
    return (low...high, close + 1)
  }

  /// The alternatives of an expression, outside all groups.
  static func split(_ expression: String) -> [String] {
    let bytes = Array(expression.utf8)
    var parts: [String] = []
    var start = 0
    var walker = PatternWalker(bytes)
    while let at = walker.next() {
      guard walker.depth == 0, bytes[at] == UInt8(ascii: "|") else { continue }
      parts.append(String(decoding: bytes[start..<at], as: UTF8.self))
      start = at + 1
    }
    parts.append(String(decoding: bytes[start...], as: UTF8.self))
    return parts
  }
}

/// Goes through an expression's characters that mean something, passing over escapes and classes.
struct PatternWalker {
  private let bytes: [UInt8]
  private var at = 0
  /// How many groups are open.
  private(set) var depth = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func jump(to place: Int) { at = place }

  /// The place of the next character.
  mutating func next() -> Int? {
    while at < bytes.count {
      let here = at
      switch bytes[at] {
      case UInt8(ascii: "\\"):
        at += 2
        continue
      case UInt8(ascii: "["):
        at += 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "]") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        at += 1
        continue
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      default: break
      }
      at += 1
      return here
    }
    return nil
  }
}

/// How few and how many bytes an expression takes.
enum PatternWidth {
  /// What a run without an end counts as.
  static let run = 24

  static func of(_ expression: String) -> ClosedRange<Int> {
    var parser = Parser(bytes: Array(expression.utf8))
    return parser.alternatives()
  }

  private struct Parser {
    let bytes: [UInt8]
    var at = 0

    mutating func alternatives() -> ClosedRange<Int> {
      var low = Int.max
      var high = 0
      repeat {
        let part = sequence()
        low = min(low, part.lowerBound)
        high = max(high, part.upperBound)
      } while take("|")
      return min(low, high)...high
    }

    private mutating func sequence() -> ClosedRange<Int> {
      var low = 0
      var high = 0
      while at < bytes.count, bytes[at] != UInt8(ascii: "|"), bytes[at] != UInt8(ascii: ")") {
        let one = repeated(atom())
        low = min(low + one.lowerBound, 10_000)
        high = min(high + one.upperBound, 10_000)
      }
      return low...high
    }

    private mutating func atom() -> ClosedRange<Int> {
      let byte = bytes[at]
      at += 1
      switch byte {
      case UInt8(ascii: "("):
        if take("?") { while at < bytes.count, !take(":") { at += 1 } }
        let inside = alternatives()
        _ = take(")")
        return inside
      case UInt8(ascii: "["):
        while at < bytes.count, bytes[at] != UInt8(ascii: "]") { at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1 }
        at += 1
        return 1...1
      case UInt8(ascii: "\\"):
        guard at < bytes.count else { return 0...0 }
        let escaped = bytes[at]
        at += escaped == UInt8(ascii: "x") ? 3 : 1
        return "bBAzZ".utf8.contains(escaped) ? 0...0 : 1...1
      case UInt8(ascii: "^"), UInt8(ascii: "$"): return 0...0
      default: return 1...1
      }
    }

    private mutating func repeated(_ one: ClosedRange<Int>) -> ClosedRange<Int> {
      guard at < bytes.count else { return one }
      if take("?") { return 0...one.upperBound }
      if take("*") { return 0...max(one.upperBound, PatternWidth.run) }
      if take("+") { return one.lowerBound...max(one.upperBound, PatternWidth.run) }
      guard bytes[at] == UInt8(ascii: "{"), let close = bytes[at...].firstIndex(of: UInt8(ascii: "}")) else {
        return one
      }
      let numbers = String(decoding: bytes[(at + 1)..<close], as: UTF8.self)
        .split(separator: ",", omittingEmptySubsequences: false)
      at = close + 1
      let low = numbers.first.flatMap { Int($0) } ?? 0
      let high = numbers.last.flatMap { Int($0) } ?? low + PatternWidth.run
      return min(one.lowerBound * low, 10_000)...max(one.lowerBound * low, min(one.upperBound * high, 10_000))
    }

    private mutating func take(_ byte: Character) -> Bool {
      guard at < bytes.count, bytes[at] == byte.asciiValue else { return false }
      at += 1
      return true
    }
  }
}
