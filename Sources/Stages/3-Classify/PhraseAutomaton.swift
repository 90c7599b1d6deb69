import ByteSlices

/// Finds all phrases of a field's patterns in one pass (Aho and Corasick, 1975).
///
/// Runs of white space count as one space, ASCII letters have no case. The states near the root, where ordinary text
/// keeps to, have a full row of transitions; the others a short list and a link to fall back on. Immutable when built, so
/// workers share it.
final class PhraseAutomaton: @unchecked Sendable {
  /// A phrase that ends in a state.
  struct Occurrence {
    /// The link of a chain that the phrase belongs to.
    let link: Int32
    let length: UInt16
    let marks: Phrase.Marks
  }

  /// States with a full row, which is a cache line: as many as stay in a core's own cache.
  private static let fullRows = 4000
  /// The classes in a row: letters, white space and the commonest marks. Others are looked for in the lists.
  static let rowWidth = 32

  private let classes: UnsafeMutablePointer<UInt8>
  private let rows: UnsafeMutablePointer<UInt16>
  private let root: UnsafeMutablePointer<UInt32>
  private let rowCount: Int
  /// For each state behind the rows: where its transitions begin, and where to go when none fits.
  private let childStarts: UnsafeMutablePointer<Int32>
  private let childClasses: UnsafeMutablePointer<UInt8>
  private let childStates: UnsafeMutablePointer<UInt32>
  private let fallback: UnsafeMutablePointer<UInt32>
  /// For each state, where its occurrences begin: those of all phrases that end in it or in a suffix of it, with one of
  /// length 0 behind the last.
  private let occurrenceStarts: UnsafeMutablePointer<Int32>
  private var occurrences: UnsafeMutablePointer<Occurrence>

  /// Set in a transition to a state in which, or in a suffix of which, a phrase ends.
  private static let speaks: UInt32 = 1 << 31

  init(_ phrases: [(phrase: Phrase, link: Int32)]) {
    let builder = PhraseTrie(phrases)
    classes = .allocate(capacity: 256)
    classes.update(from: builder.classes, count: 256)
    let states = builder.order.count
    rowCount = builder.rowCount(Self.fullRows, below: 1 << 15)
    let place = UnsafeMutableRawPointer.allocate(byteCount: rowCount * Self.rowWidth * 2, alignment: 64)
    rows = place.bindMemory(to: UInt16.self, capacity: rowCount * Self.rowWidth)
    root = .allocate(capacity: 256)
    root.initialize(repeating: 0, count: 256)
    fallback = .allocate(capacity: states)
    childStarts = .allocate(capacity: states + 1)
    childClasses = .allocate(capacity: states)
    childStates = .allocate(capacity: states)
    occurrenceStarts = .allocate(capacity: states + 1)
    occurrences = .allocate(capacity: 1)
    var child = 0
    for state in 0..<states {
      let node = builder.order[state]
      childStarts[state] = Int32(child)
      for next in builder.children(of: node) {
        childClasses[child] = builder.byteClass[next]
        childStates[child] = UInt32(builder.place[next])
        child += 1
      }
    }
    childStarts[states] = Int32(child)
    link(states)
    gather(phrases, builder)
    // Only now is it known which states speak.
    for i in 0..<child { childStates[i] = mark(childStates[i]) }
    for i in 0..<rowCount * Self.rowWidth where occurrenceStarts[Int(rows[i])] > 0 { rows[i] |= 1 << 15 }
    for i in Int(childStarts[0])..<Int(childStarts[1]) { root[Int(childClasses[i])] = childStates[i] }
  }

  /// Lists for each state the phrases that end in it, its own before those of the states that it falls back on.
  private func gather(_ phrases: [(phrase: Phrase, link: Int32)], _ builder: borrowing PhraseTrie) {
    var all = [Occurrence(link: 0, length: 0, marks: [])]
    for (state, node) in builder.order.enumerated() {
      let inherited = state == 0 ? 0 : Int(occurrenceStarts[Int(fallback[state])])
      let before = all.count
      for index in builder.ends(of: node) {
        let (phrase, link) = phrases[index]
        all.append(Occurrence(link: link, length: UInt16(min(phrase.bytes.count, 255)), marks: phrase.marks))
      }
      if all.count == before {
        occurrenceStarts[state] = Int32(inherited)
        continue
      }
      var more = inherited
      while all[more].length > 0 {
        all.append(all[more])
        more += 1
      }
      all.append(Occurrence(link: 0, length: 0, marks: []))
      occurrenceStarts[state] = Int32(before)
    }
    occurrences.deallocate()
    occurrences = .allocate(capacity: all.count)
    occurrences.initialize(from: all, count: all.count)
  }

  /// Sets fallbacks and rows, nearest to the root first: a state falls back on one nearer than itself.
  private func link(_ states: Int) {
    fallback[0] = 0
    for state in 0..<states {
      let row = rows + min(state, rowCount - 1) * Self.rowWidth
      if state == 0 {
        row.update(repeating: 0, count: Self.rowWidth)
      } else {
        let back = Int(fallback[state])
        if state < rowCount { row.update(from: rows + back * Self.rowWidth, count: Self.rowWidth) }
      }
      for i in Int(childStarts[state])..<Int(childStarts[state + 1]) {
        let next = Int(childStates[i])
        if state == 0 { root[Int(childClasses[i])] = childStates[i] }
        fallback[next] = state == 0 ? 0 : fall(from: Int(fallback[state]), childClasses[i])
      }
      if state < rowCount {
        for i in Int(childStarts[state])..<Int(childStarts[state + 1]) where Int(childClasses[i]) < Self.rowWidth {
          row[Int(childClasses[i])] = UInt16(childStates[i])
        }
      }
    }
  }

  private func mark(_ transition: UInt32) -> UInt32 {
    let state = transition & ~Self.speaks
    return occurrenceStarts[Int(state)] > 0 ? state | Self.speaks : state
  }

  deinit {
    classes.deallocate()
    rows.deallocate()
    root.deallocate()
    fallback.deallocate()
    childStarts.deallocate()
    childClasses.deallocate()
    childStates.deallocate()
    occurrenceStarts.deallocate()
    occurrences.deallocate()
  }

  /// Marks in `state` every phrase that stands in the text.
  func scan(_ text: ByteSlice, _ matches: UnsafeMutablePointer<MatchState>) {
    matches.pointee.beginScan(text)
    let origins = matches.pointee.origins
    let spaceClass = classes[0x20]
    var state = 0
    var at = 0
    var position = 0
    var wasSpace = false
    let count = text.count
    let base = text.base
    let rowCount = rowCount
    while at < count {
      let byteClass = classes[Int(base[at])]
      if byteClass == spaceClass {
        if wasSpace {
          at += 1
          continue
        }
        wasSpace = true
      } else {
        wasSpace = false
      }
      origins[position & 255] = UInt32(truncatingIfNeeded: at)
      at += 1
      position += 1
      var next: UInt32 = 0
      if state < rowCount, Int(byteClass) < Self.rowWidth {
        next = Self.widen(rows[state * Self.rowWidth + Int(byteClass)])
      } else {
        next = fall(from: state, byteClass)
      }
      state = Int(next & ~Self.speaks)
      if next & Self.speaks != 0 { report(state, end: at, position: position, text, matches) }
    }
  }

  private func fall(from start: Int, _ byteClass: UInt8) -> UInt32 {
    var state = start
    while true {
      if state < rowCount, Int(byteClass) < Self.rowWidth {
        return Self.widen(rows[state * Self.rowWidth + Int(byteClass)])
      }
      if state == 0 { return root[Int(byteClass)] }
      var i = Int(childStarts[state])
      let end = Int(childStarts[state + 1])
      while i < end {
        if childClasses[i] == byteClass { return childStates[i] }
        i += 1
      }
      state = Int(fallback[state])
    }
  }

  /// A row's transition in the form of the lists'.
  @inline(__always) private static func widen(_ transition: UInt16) -> UInt32 {
    UInt32(transition & 0x7FFF) | UInt32(transition >> 15) << 31
  }

  @inline(__always)
  private func report(
    _ state: Int, end: Int, position: Int, _ text: ByteSlice, _ matches: UnsafeMutablePointer<MatchState>
  ) {
    var next = occurrences + Int(occurrenceStarts[state])
    while next.pointee.length > 0 {
      let found = next.pointee
      next += 1
      if !matches.pointee.waits(for: found.link) { continue }
      let begin = Int(matches.pointee.origins[(position - Int(found.length)) & 255])
      let marks = found.marks
      if marks.contains(.wordStart) {
        let inside = text.base[begin].isWordByte
        if begin > 0 ? text.base[begin - 1].isWordByte == inside : !inside { continue }
      }
      if marks.contains(.wordEnd) {
        let inside = text.base[end - 1].isWordByte
        if end < text.count ? text.base[end].isWordByte == inside : !inside { continue }
      }
      matches.pointee.saw(link: found.link, begin: begin, end: end, position: position, length: Int(found.length), text)
    }
  }
}

/// The trie that an automaton is built from.
private struct PhraseTrie {
  /// Bytes that no phrase holds share class 0; a letter's cases share one; white space is one.
  private(set) var classes = [UInt8](repeating: 0, count: 256)
  /// Of each node.
  private(set) var byteClass: [UInt8] = [0]
  private var firstChild: [Int32] = [-1]
  private var nextSibling: [Int32] = [-1]
  private var firstEnd: [Int32] = [-1]
  private var nextEnd: [Int32]
  /// The nodes by distance from the root, and each one's place in that order.
  private(set) var order: [Int] = []
  private(set) var place: [Int] = []

  init(_ phrases: [(phrase: Phrase, link: Int32)]) {
    nextEnd = Array(repeating: -1, count: phrases.count)
    // The classes of a row first.
    let common = Array(" abcdefghijklmnopqrstuvwxyz-.'@".utf8)
    for (i, byte) in common.enumerated() { classes[Int(byte)] = UInt8(i + 1) }
    var used = Set<UInt8>()
    for (phrase, _) in phrases { used.formUnion(phrase.bytes) }
    var next = PhraseAutomaton.rowWidth
    for byte in used.sorted() where !common.contains(byte) {
      classes[Int(byte)] = UInt8(truncatingIfNeeded: next)
      next += 1
    }
    for byte in UInt8(ascii: "a")...UInt8(ascii: "z") { classes[Int(byte & 0xDF)] = classes[Int(byte)] }
    for byte in [9, 10, 11, 12, 13] as [Int] { classes[byte] = classes[0x20] }
    // In order of the bytes a phrase shares its beginning with the one before, and no child is searched for.
    let sorted = phrases.indices.sorted { phrases[$0].phrase.bytes.lexicographicallyPrecedes(phrases[$1].phrase.bytes) }
    var path: [Int] = [0]
    var previous: [UInt8] = []
    for index in sorted {
      let bytes = phrases[index].phrase.bytes
      var shared = 0
      while shared < previous.count, shared < bytes.count, previous[shared] == bytes[shared] { shared += 1 }
      path.removeLast(path.count - 1 - shared)
      for byte in bytes[shared...] { path.append(append(classes[Int(byte)], to: path[path.count - 1])) }
      let node = path[path.count - 1]
      nextEnd[index] = firstEnd[node]
      firstEnd[node] = Int32(index)
      previous = bytes
    }
    order.reserveCapacity(byteClass.count)
    place = Array(repeating: 0, count: byteClass.count)
    order.append(0)
    var at = 0
    while at < order.count {
      for child in children(of: order[at]) {
        place[child] = order.count
        order.append(child)
      }
      at += 1
    }
  }

  /// How many states may have rows, so that every state a row leads to has a number below `limit`.
  func rowCount(_ most: Int, below limit: Int) -> Int {
    var rows = 0
    var children = 1
    while rows < min(most, order.count) {
      for _ in self.children(of: order[rows]) { children += 1 }
      if children > limit { break }
      rows += 1
    }
    return max(rows, 1)
  }

  private mutating func append(_ byteClass: UInt8, to parent: Int) -> Int {
    let node = self.byteClass.count
    self.byteClass.append(byteClass)
    firstChild.append(-1)
    nextSibling.append(firstChild[parent])
    firstEnd.append(-1)
    firstChild[parent] = Int32(node)
    return node
  }

  func children(of node: Int) -> some Sequence<Int> { Chained(head: firstChild[node], following: nextSibling) }
  func ends(of node: Int) -> some Sequence<Int> { Chained(head: firstEnd[node], following: nextEnd) }

  private struct Chained: Sequence, IteratorProtocol {
    var head: Int32
    let following: [Int32]

    mutating func next() -> Int? {
      guard head >= 0 else { return nil }
      defer { head = following[Int(head)] }
      return Int(head)
    }
  }
}
