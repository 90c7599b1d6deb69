import ByteSlices

/// Finds which values of the rules a fact has, in time linear in the fact's length: two tries for each field, one read
/// from the front (exact values and beginnings), one from the back (ends).
struct FactTable: Sendable {
  private struct Node {
    var byte: UInt8
    var child: Int32 = -1
    var sibling: Int32 = -1
    /// The pattern that holds when the value ends here …
    var exact: Int32 = -1
    /// … and the one that holds when the value comes by here.
    var open: Int32 = -1
  }

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
      let at = walk(from: place, value.utf8)
      nodes[at].exact = pattern
    }
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
    nodes.withUnsafeBufferPointer { nodes in
      let absent = fact.isEmpty
      let value = absent ? ByteSlice("none" as StaticString) : fact
      var at = place
      var i = 0
      while true {
        if nodes[at].open >= 0, !absent { state.pointee.saw(UInt32(nodes[at].open)) }
        if i == value.count {
          if nodes[at].exact >= 0 { state.pointee.saw(UInt32(nodes[at].exact)) }
          break
        }
        guard let next = Self.child(of: at, value[i].asciiLowercased, nodes) else { break }
        at = next
        i += 1
      }
      if absent || nodes[place + Self.roots].child < 0 { return }
      at = place + Self.roots
      i = value.count
      while i > 0, let next = Self.child(of: at, value[i - 1].asciiLowercased, nodes) {
        at = next
        i -= 1
        if nodes[at].open >= 0 { state.pointee.saw(UInt32(nodes[at].open)) }
      }
    }
  }

  @inline(__always)
  private static func child(of at: Int, _ byte: UInt8, _ nodes: UnsafeBufferPointer<Node>) -> Int? {
    var child = nodes[at].child
    while child >= 0 {
      if nodes[Int(child)].byte == byte { return Int(child) }
      child = nodes[Int(child)].sibling
    }
    return nil
  }
}
