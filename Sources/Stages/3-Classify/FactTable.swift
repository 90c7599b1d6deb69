import ByteSlices

/// Finds which values of the rules a fact has, in time linear in the fact's length: exact values by a hash, beginnings
/// and ends by a try for each field that has some, one read from the front, one from the back.
struct FactTable: Sendable {
  /// A value that a fact must have as a whole.
  private struct Exact {
    let hash: UInt64
    let place: Int
    let value: [UInt8]
    let pattern: Int32
  }

  private struct Node {
    var byte: UInt8
    var child: Int32 = -1
    var sibling: Int32 = -1
    /// The pattern that holds when the value comes by here.
    var open: Int32 = -1
  }

  private var exacts: [Exact] = []
  /// By the lowest bits of the hash, the place of a value among `exacts`; -1 for none. At most half full.
  private var slots: [Int32] = [-1, -1]
  /// For each field, the pattern that holds where the fact is absent; -1 for none.
  private var absent = [Int32](repeating: -1, count: roots)
  private var nodes: [Node]
  private static let roots = FactField.allCases.count
  private static let places: [FactField: Int] = Dictionary(
    uniqueKeysWithValues: FactField.allCases.enumerated().map { ($1, $0) })

  init() { nodes = Array(repeating: Node(byte: 0), count: Self.roots * 2) }

  /// Where a field's facts are looked up.
  static func place(of field: FactField) -> Int { places[field] ?? 0 }

  /// Enters a value of a rule, in lower case.
  mutating func insert(_ value: String, field: FactField, pattern: Int32) {
    let place = Self.place(of: field)
    if value.hasPrefix("*"), value.utf8.count > 1 {
      let at = walk(from: place + Self.roots, value.utf8.dropFirst().reversed())
      nodes[at].open = pattern
    } else if value.hasSuffix("*") {
      let at = walk(from: place, value.utf8.dropLast())
      nodes[at].open = pattern
    } else {
      let bytes = Array(value.utf8)
      let hash = bytes.withByteSlice { Self.hash($0, place) }
      exacts.append(Exact(hash: hash, place: place, value: bytes, pattern: pattern))
      if value == "none" { absent[place] = pattern }
      if exacts.count * 2 > slots.count {
        slots = Array(repeating: -1, count: slots.count * 2)
        for (number, exact) in exacts.enumerated() { slots[freeSlot(exact.hash)] = Int32(number) }
      } else {
        slots[freeSlot(hash)] = Int32(exacts.count - 1)
      }
    }
  }

  private func freeSlot(_ hash: UInt64) -> Int {
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private mutating func walk(from root: Int, _ bytes: some Sequence<UInt8>) -> Int {
    var at = root
    for byte in bytes {
      var child = nodes[at].child
      while child >= 0, nodes[Int(child)].byte != byte { child = nodes[Int(child)].sibling }
      if child < 0 {
        child = Int32(nodes.count)
        nodes.append(Node(byte: byte, sibling: nodes[at].child))
        nodes[at].child = child
      }
      at = Int(child)
    }
    return at
  }

  /// Marks in `state` every value that `fact` has. Compared without regard to ASCII case.
  func look(_ fact: ByteSlice, place: Int, _ state: UnsafeMutablePointer<MatchState>) {
    if fact.isEmpty {
      let pattern = absent[place]
      if pattern >= 0 { state.pointee.saw(UInt32(pattern)) }
      return
    }
    exacts.withUnsafeBufferPointer { exacts in
      let hash = Self.hash(fact, place)
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] >= 0 {
        let exact = exacts[Int(slots[slot])]
        if exact.hash == hash, exact.place == place, exact.value.withByteSlice({ fact.equals(caseless: $0) }) {
          state.pointee.saw(UInt32(exact.pattern))
          break
        }
        slot = (slot + 1) & (slots.count - 1)
      }
    }
    nodes.withUnsafeBufferPointer { nodes in
      if nodes[place].child >= 0 || nodes[place].open >= 0 {
        follow(from: place, nodes, state, fact.count) { fact[$0] }
      }
      if nodes[place + Self.roots].child >= 0 {
        follow(from: place + Self.roots, nodes, state, fact.count) { fact[fact.count - 1 - $0] }
      }
    }
  }

  @inline(__always)
  private func follow(
    from root: Int, _ nodes: UnsafeBufferPointer<Node>, _ state: UnsafeMutablePointer<MatchState>, _ count: Int,
    _ byte: (Int) -> UInt8
  ) {
    var at = root
    var i = 0
    while true {
      if nodes[at].open >= 0 { state.pointee.saw(UInt32(nodes[at].open)) }
      guard i < count else { return }
      let wanted = byte(i).asciiLowercased
      var child = nodes[at].child
      while child >= 0, nodes[Int(child)].byte != wanted { child = nodes[Int(child)].sibling }
      guard child >= 0 else { return }
      at = Int(child)
      i += 1
    }
  }

  /// Of a value as it is and in lower case the same.
  @inline(__always)
  private static func hash(_ value: ByteSlice, _ place: Int) -> UInt64 {
    var hash = UInt64(truncatingIfNeeded: value.count &* 64 &+ place) &* 0x9E37_79B9_7F4A_7C15
    var at = 0
    while at + 8 <= value.count {
      let eight = UnsafeRawPointer(value.base + at).loadUnaligned(as: UInt64.self) | 0x2020_2020_2020_2020
      hash = (hash ^ eight) &* 0x9FB2_1C65_1E98_DF25
      hash ^= hash >> 32
      at += 8
    }
    var rest: UInt64 = 0
    while at < value.count {
      rest = rest << 8 | UInt64(value.base[at] | 0x20)
      at += 1
    }
    hash = (hash ^ rest) &* 0x9FB2_1C65_1E98_DF25
    return hash ^ hash >> 29
  }
}
