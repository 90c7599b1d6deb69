import ByteSlices

/// A stretch of a pattern without gaps, as the finite set of texts that it stands for.
///
/// Server wordings are lists of words in a few orders. Spelled out they are some ten thousand literals, which one
/// automaton finds at about a nanosecond a byte, and which are built in a tenth of the time that a regular-expression
/// engine takes to compile the patterns.
struct Phrase: Hashable {
  /// ASCII letters in lower case; a space for any run of white space.
  var bytes: [UInt8] = []
  /// What must hold before the first byte and behind the last.
  var marks: Marks = []

  struct Marks: OptionSet, Hashable {
    let rawValue: UInt8
    /// `\b` before, `\b` behind.
    static let wordStart = Marks(rawValue: 1)
    static let wordEnd = Marks(rawValue: 2)
    /// `^`, `$`.
    static let lineStart = Marks(rawValue: 4)
    static let lineEnd = Marks(rawValue: 8)
  }
}

/// What may stand in a gap.
struct ByteSet: Hashable {
  private var words = SIMD4<UInt64>(repeating: 0)

  static let any = ByteSet(where: { _ in true })

  init(where holds: (UInt8) -> Bool) {
    for byte in UInt8.min...UInt8.max where holds(byte) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
  }

  @inline(__always) func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 != 0 }

  /// How many bytes it has, and which.
  var members: [UInt8] { (UInt8.min...UInt8.max).filter(contains) }
}

/// One way to read a pattern: phrases with gaps between them.
struct PhraseChain {
  struct Link {
    /// From the end of the link before, or from the start of the text or line, to the start of this one.
    var gap: Gap?
    var phrases: Set<Phrase>
  }

  struct Gap: Hashable {
    var set: ByteSet
    var range: ClosedRange<Int>

    /// Two gaps in a row, as one that takes at least what both take.
    func followed(by next: Gap) -> Gap {
      let (a, b) = (set, next.set)
      return Gap(
        set: a == .any || b == .any ? .any : ByteSet { a.contains($0) || b.contains($0) },
        range: range.lowerBound + next.range.lowerBound...range.upperBound + next.range.upperBound)
    }
  }

  enum Origin { case anywhere, lineStart, textStart }

  var origin = Origin.anywhere
  var links: [Link] = []
  /// What must stand behind the last link, and whether the line must end there.
  var tail: Gap?
  var endsLine = false
}

/// Reads a regular expression as phrases and gaps. Throws `Unreadable` for what has no such reading.
struct PhraseReader {
  /// The expression needs an automaton of its own.
  struct Unreadable: Error {}

  /// More texts than this for one phrase, and it is cut in two where that can be; more than that, and it is no phrase.
  private static let manyTexts = 120
  private static let mostTexts = 3000
  /// A position with more choices than this is a gap of one.
  private static let mostChoices = 13
  private static let mostChains = 400

  private let bytes: [UInt8]
  private var at = 0

  static func chains(of expression: String) throws -> [PhraseChain] {
    var reader = PhraseReader(bytes: Array(expression.utf8))
    let node = try reader.alternatives()
    guard reader.at == reader.bytes.count else { throw Unreadable() }
    return try reader.flatten(node).map { try reader.chain($0) }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  // MARK: syntax

  private indirect enum Node {
    case set(ByteSet)
    case space(optional: Bool)
    case boundary, lineStart, lineEnd, textStart
    case sequence([Node])
    case choice([Node])
    case run(ByteSet, ClosedRange<Int>)
    case optional(Node)
    case several(Node, ClosedRange<Int>)
  }

  private mutating func alternatives() throws -> Node {
    var choices = [try sequence()]
    while take("|") { choices.append(try sequence()) }
    return choices.count == 1 ? choices[0] : .choice(choices)
  }

  private mutating func sequence() throws -> Node {
    var nodes: [Node] = []
    while at < bytes.count, bytes[at] != UInt8(ascii: "|"), bytes[at] != UInt8(ascii: ")") {
      nodes.append(try repeated(try atom()))
    }
    return .sequence(nodes)
  }

  private mutating func atom() throws -> Node {
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "("):
      if take("?"), !take(":") { throw Unreadable() }
      let inside = try alternatives()
      guard take(")") else { throw Unreadable() }
      return inside
    case UInt8(ascii: "["): return one(of: try bracket())
    case UInt8(ascii: "."): return .set(.any)
    case UInt8(ascii: "^"): return .lineStart
    case UInt8(ascii: "$"): return .lineEnd
    case UInt8(ascii: "\\"):
      guard at < bytes.count else { throw Unreadable() }
      at += 1
      switch bytes[at - 1] {
      case UInt8(ascii: "b"): return .boundary
      case UInt8(ascii: "A"): return .textStart
      default: return one(of: try escaped(bytes[at - 1]))
      }
    default: return .set(letter(byte))
    }
  }

  private func one(of set: ByteSet) -> Node {
    set.members.filter { !$0.isASCIIUppercase }.count > Self.mostChoices ? .run(set, 1...1) : .set(set)
  }

  private func letter(_ byte: UInt8) -> ByteSet {
    let lower = byte.isASCIIUppercase ? byte | 0x20 : byte
    return ByteSet { ($0.isASCIIUppercase ? $0 | 0x20 : $0) == lower }
  }

  private func escaped(_ byte: UInt8) throws -> ByteSet {
    switch byte {
    case UInt8(ascii: "s"): return ByteSet { $0.isASCIISpace }
    case UInt8(ascii: "S"): return ByteSet { !$0.isASCIISpace }
    case UInt8(ascii: "d"): return ByteSet { $0.isASCIIDigit }
    case UInt8(ascii: "D"): return ByteSet { !$0.isASCIIDigit }
    case UInt8(ascii: "w"): return ByteSet { $0.isWordByte }
    case UInt8(ascii: "W"): return ByteSet { !$0.isWordByte }
    case UInt8(ascii: "n"): return ByteSet { $0 == 0x0A }
    case UInt8(ascii: "t"): return ByteSet { $0 == 0x09 }
    case _ where byte.isASCIIAlphanumeric: throw Unreadable()
    default: return ByteSet { $0 == byte }
    }
  }

  private mutating func bracket() throws -> ByteSet {
    let negated = take("^")
    var parts: [ByteSet] = []
    while at < bytes.count, bytes[at] != UInt8(ascii: "]") {
      var byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\\"), at < bytes.count {
        at += 1
        byte = bytes[at - 1]
        parts.append(try escaped(byte))
        if byte.isASCIIAlphanumeric { continue }
      } else {
        parts.append(letter(byte))
      }
      if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "-"), bytes[at + 1] != UInt8(ascii: "]") {
        let last = bytes[at + 1]
        at += 2
        let low = byte.isASCIIUppercase ? byte | 0x20 : byte
        let high = last.isASCIIUppercase ? last | 0x20 : last
        parts.append(ByteSet { (low...max(low, high)).contains($0.isASCIIUppercase ? $0 | 0x20 : $0) })
      }
    }
    guard take("]") else { throw Unreadable() }
    return ByteSet { byte in parts.contains { $0.contains(byte) } != negated }
  }

  private mutating func repeated(_ node: Node) throws -> Node {
    var range: ClosedRange<Int>
    if take("?") {
      range = 0...1
    } else if take("*") {
      range = 0...80
    } else if take("+") {
      range = 1...80
    } else if at < bytes.count, bytes[at] == UInt8(ascii: "{"), let close = bytes[at...].firstIndex(of: UInt8(ascii: "}")) {
      let numbers = String(decoding: bytes[(at + 1)..<close], as: UTF8.self)
        .split(separator: ",", omittingEmptySubsequences: false)
      guard let low = numbers.first.flatMap({ Int($0) }) else { throw Unreadable() }
      let high = numbers.count == 1 ? low : numbers[1].isEmpty ? low + 80 : Int(numbers[1]) ?? low
      guard low <= high else { throw Unreadable() }
      range = low...high
      at = close + 1
    } else {
      return node
    }
    if case .run(let set, _) = node { return .run(set, range) }
    if case .set(let set) = node {
      let isSpace = set.contains(0x20) && set.members.allSatisfy { $0.isASCIISpace }
      // White space is one space in the text that is matched, however much of it there is.
      if isSpace, range.upperBound > 1 || set.contains(0x0A) { return .space(optional: range.lowerBound == 0) }
      if range == 0...1 { return .optional(node) }
      return .run(set, range)
    }
    if range == 0...1 { return .optional(node) }
    // Of optional words in a row two are looked for, or one where there are many to choose from.
    var most = 2
    if case .choice(let nodes) = node, nodes.count > 8 { most = 1 }
    return .several(node, range.lowerBound...min(range.upperBound, max(range.lowerBound, most)))
  }

  private mutating func take(_ byte: Character) -> Bool {
    guard at < bytes.count, bytes[at] == byte.asciiValue else { return false }
    at += 1
    return true
  }

  // MARK: gaps

  /// A sequence of parts: sets of texts, gaps and anchors.
  private enum Part {
    case texts(Node)
    case gap(PhraseChain.Gap)
    case lineStart, lineEnd, textStart
  }

  private func holdsGap(_ node: Node) -> Bool {
    switch node {
    case .run: true
    case .lineStart, .lineEnd, .textStart: true
    case .sequence(let nodes), .choice(let nodes): nodes.contains(where: holdsGap)
    case .optional(let inside), .several(let inside, _): holdsGap(inside)
    case .set, .space, .boundary: false
    }
  }

  /// Every choice that has a gap somewhere becomes readings of their own.
  private func flatten(_ node: Node) throws -> [[Part]] {
    guard holdsGap(node) else {
      if case .choice(let nodes) = node { return [[.texts(.choice(nodes))]] }
      return [[.texts(node)]]
    }
    switch node {
    case .choice(let nodes):
      let plain = nodes.filter { !holdsGap($0) }
      var readings = try nodes.filter(holdsGap).flatMap(flatten)
      if !plain.isEmpty { readings.append([.texts(.choice(plain))]) }
      return readings
    case .sequence(let nodes):
      var readings: [[Part]] = [[]]
      var plain: [Node] = []
      func close() {
        if !plain.isEmpty { for i in readings.indices { readings[i].append(.texts(.sequence(plain))) } }
        plain = []
      }
      for inside in nodes {
        guard holdsGap(inside) else {
          plain.append(inside)
          continue
        }
        close()
        let ends = try flatten(inside)
        readings = readings.flatMap { begin in ends.map { begin + $0 } }
        if readings.count > Self.mostChains { throw Unreadable() }
      }
      close()
      return readings
    case .run(let set, let range): return [[.gap(PhraseChain.Gap(set: set, range: range))]]
    case .optional(let inside): return try flatten(inside) + [[]]
    case .several(let inside, let range):
      return try range.flatMap { count in try flatten(.sequence(Array(repeating: inside, count: count))) }
    case .lineStart: return [[.lineStart]]
    case .lineEnd: return [[.lineEnd]]
    case .textStart: return [[.textStart]]
    case .set, .space, .boundary: return [[.texts(node)]]
    }
  }

  private func chain(_ parts: [Part]) throws -> PhraseChain {
    var chain = PhraseChain()
    var gap: PhraseChain.Gap?
    var pending: [Node] = []
    func close() throws {
      if pending.isEmpty { return }
      let cuts = try texts(flat(pending))
      pending = []
      // A `\b` between two gaps, as in `detect\w*\b.{0,40}`, always finds its place.
      if gap != nil || chain.links.isEmpty, cuts.count == 1, cuts[0].allSatisfy({ $0.bytes.isEmpty }) { return }
      // Words between gaps that need not be there are as good as a longer gap.
      if cuts.count == 1, cuts[0].contains(where: { $0.bytes.isEmpty }) {
        let longest = cuts[0].map(\.bytes.count).max() ?? 0
        let slack = PhraseChain.Gap(set: .any, range: 0...longest)
        gap = gap.map { $0.followed(by: slack) } ?? slack
        return
      }
      for phrases in cuts {
        if phrases.contains(where: { $0.bytes.isEmpty }) { throw Unreadable() }
        chain.links.append(PhraseChain.Link(gap: gap, phrases: phrases))
        gap = PhraseChain.Gap(set: .any, range: 0...0)
      }
      gap = nil
    }
    for part in parts {
      if chain.endsLine { throw Unreadable() }
      switch part {
      case .texts(let node):
        pending.append(node)
      case .gap(let found):
        try close()
        gap = gap.map { $0.followed(by: found) } ?? found
      case .lineStart, .textStart:
        guard chain.links.isEmpty, pending.isEmpty, gap == nil, chain.origin == .anywhere else { throw Unreadable() }
        if case .lineStart = part { chain.origin = .lineStart } else { chain.origin = .textStart }
      case .lineEnd:
        try close()
        chain.tail = gap ?? PhraseChain.Gap(set: .any, range: 0...0)
        chain.endsLine = true
        gap = nil
      }
    }
    try close()
    if let gap, gap.range.lowerBound > 0 { chain.tail = gap }
    guard !chain.links.isEmpty else { throw Unreadable() }
    if chain.origin == .anywhere { chain.links[0].gap = nil }
    return chain
  }

  // MARK: texts

  /// A text under way: what it is so far, and whether a `\b` waits for the next byte.
  private struct Draft {
    var bytes: [UInt8] = []
    var marks: Phrase.Marks = []
    var boundary = false
  }

  /// The texts of nodes in a row. Where there are too many, the row is cut.
  private func texts(_ nodes: [Node]) throws -> [Set<Phrase>] {
    // A chunk ends with a node that takes something, so that no cut leaves an empty phrase.
    var chunks: [[Node]] = [[]]
    for node in nodes {
      if let last = chunks[chunks.count - 1].last, takesSomething(last) { chunks.append([]) }
      chunks[chunks.count - 1].append(node)
    }
    if chunks.count > 1, let last = chunks.last, !last.contains(where: takesSomething) {
      chunks.removeLast()
      chunks[chunks.count - 1] += last
    }
    var cuts: [Set<Phrase>] = []
    var drafts: [Draft]?
    for chunk in chunks {
      let alone = try extend([Draft()], by: .sequence(chunk))
      if let before = drafts {
        if before.count * alone.count > (min(before.count, alone.count) == 1 ? Self.mostTexts : Self.manyTexts) {
          cuts.append(finish(before))
          drafts = alone
        } else {
          drafts = try extend(before, by: .sequence(chunk))
        }
      } else {
        drafts = alone
      }
    }
    return cuts + [finish(drafts ?? [])]
  }

  private func takesSomething(_ node: Node) -> Bool {
    switch node {
    case .set: true
    case .space(let optional): !optional
    case .sequence(let nodes): nodes.contains(where: takesSomething)
    case .choice(let nodes): nodes.allSatisfy(takesSomething)
    case .several(let inside, let range): range.lowerBound > 0 && takesSomething(inside)
    case .run, .optional, .boundary, .lineStart, .lineEnd, .textStart: false
    }
  }

  private func finish(_ drafts: [Draft]) -> Set<Phrase> {
    Set(
      drafts.map { draft in
        var phrase = Phrase(bytes: draft.bytes, marks: draft.marks)
        if draft.boundary { phrase.marks.insert(draft.bytes.isEmpty ? .wordStart : .wordEnd) }
        return phrase
      })
  }

  private func flat(_ nodes: [Node]) -> [Node] {
    nodes.flatMap { node in
      if case .sequence(let inside) = node { flat(inside) } else { [node] }
    }
  }

  private func extend(_ drafts: [Draft], by node: Node) throws -> [Draft] {
    var result: [Draft] = []
    switch node {
    case .sequence(let nodes):
      result = drafts
      for inside in nodes { result = try extend(result, by: inside) }
    case .choice(let nodes):
      for inside in nodes { result += try extend(drafts, by: inside) }
    case .optional(let inside): result = try extend(drafts, by: inside) + drafts
    case .several(let inside, let range):
      result = range.contains(0) ? drafts : []
      var current = drafts
      for count in 1...max(range.upperBound, 1) {
        current = try extend(current, by: inside)
        if range.contains(count) { result += current }
      }
    case .space(let optional):
      result = try extend(drafts, by: .set(ByteSet { $0 == 0x20 }))
      if optional { result += drafts }
    case .boundary:
      result = drafts.map {
        var draft = $0
        draft.boundary = true
        return draft
      }
    case .set(let set):
      let members = set == .any ? Array("' -?.".utf8) : members(of: set)
      for draft in drafts {
        for byte in members {
          var longer = draft
          if draft.boundary {
            longer.boundary = false
            if let last = draft.bytes.last {
              if last.isWordByte == byte.isWordByte { continue }
            } else {
              longer.marks.insert(.wordStart)
            }
          }
          longer.bytes.append(byte)
          result.append(longer)
        }
      }
    case .run, .lineStart, .lineEnd, .textStart: throw Unreadable()
    }
    if result.count > Self.mostTexts { throw Unreadable() }
    return result
  }

  /// One of each: letters in lower case, one space for all white space.
  private func members(of set: ByteSet) -> [UInt8] {
    var members = set.members.filter { !$0.isASCIIUppercase && !$0.isASCIISpace }
    if set.members.contains(where: { $0.isASCIISpace }) { members.append(0x20) }
    return members
  }
}

extension UInt8 {
  /// A letter, digit or underscore of ASCII, as `\w` and `\b` understand it.
  @inline(__always) var isWordByte: Bool { isASCIIAlphanumeric || self == 0x5F }
}
