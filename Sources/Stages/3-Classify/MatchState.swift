/// What a message has shown so far, for each alternative of each rule: one bit a condition, and one for `unless`.
///
/// A match costs as much as the conditions it serves; no rule is visited that nothing spoke for. Marks made for one
/// recipient are taken back before the next one's, so what the message itself shows is looked at once.
struct MatchState {
  /// The bit that an `unless` sets.
  static let veto: UInt64 = 1 << 63

  /// The conditions that each pattern serves: those of pattern `p` stand from `starts[p]` up to `starts[p + 1]`.
  private let starts: UnsafePointer<Int32>
  private let edges: UnsafePointer<Edge>
  /// All of an alternative's condition bits.
  private let full: UnsafePointer<UInt64>

  private let mask: UnsafeMutablePointer<UInt64>
  private let touched: UnsafeMutablePointer<Int32>
  private var touchedCount = 0
  /// Alternatives whose conditions all held at some time; one may have been vetoed since.
  let candidates: UnsafeMutablePointer<Int32>
  private(set) var candidateCount = 0
  private let undo: UnsafeMutablePointer<(alternative: Int32, mask: UInt64)>
  private var undoCount = 0
  private var messageCandidates = 0
  private var forRecipient = false

  /// Patterns put aside instead of marked.
  let shelf: UnsafeMutablePointer<UInt32>
  private(set) var shelfCount = 0
  var shelving = false

  struct Edge: Sendable {
    let alternative: Int32
    let bits: UInt64
  }

  init(_ conditions: ConditionTable) {
    starts = conditions.starts
    edges = conditions.edges
    full = conditions.full
    mask = .allocate(capacity: conditions.alternatives + 1)
    mask.initialize(repeating: 0, count: conditions.alternatives + 1)
    touched = .allocate(capacity: conditions.alternatives + 1)
    candidates = .allocate(capacity: conditions.alternatives + 1)
    undo = .allocate(capacity: conditions.bits + 1)
    shelf = .allocate(capacity: conditions.patterns + 1)
  }

  func deallocate() {
    mask.deallocate()
    touched.deallocate()
    candidates.deallocate()
    undo.deallocate()
    shelf.deallocate()
  }

  /// A pattern matched.
  @inline(__always) mutating func saw(_ pattern: UInt32) {
    if shelving {
      shelf[shelfCount] = pattern
      shelfCount += 1
      return
    }
    var at = Int(starts[Int(pattern)])
    let end = Int(starts[Int(pattern) + 1])
    while at < end {
      let edge = edges[at]
      at += 1
      let alternative = Int(edge.alternative)
      let old = mask[alternative]
      let new = old | edge.bits
      if new == old { continue }
      if forRecipient {
        undo[undoCount] = (edge.alternative, old)
        undoCount += 1
      } else if old == 0 {
        touched[touchedCount] = edge.alternative
        touchedCount += 1
      }
      mask[alternative] = new
      let wanted = full[alternative]
      if new & wanted == wanted, old & wanted != wanted {
        candidates[candidateCount] = edge.alternative
        candidateCount += 1
      }
    }
  }

  /// Marks what was put aside.
  mutating func takeShelf() {
    shelving = false
    for i in 0..<shelfCount { saw(shelf[i]) }
  }

  /// Whether an alternative holds now.
  @inline(__always) func holds(_ alternative: Int32) -> Bool { mask[Int(alternative)] == full[Int(alternative)] }

  /// From here on marks are the recipient's.
  mutating func beginRecipient() {
    forRecipient = true
    messageCandidates = candidateCount
  }

  /// Takes back the recipient's marks.
  mutating func endRecipient() {
    while undoCount > 0 {
      undoCount -= 1
      mask[Int(undo[undoCount].alternative)] = undo[undoCount].mask
    }
    candidateCount = messageCandidates
    forRecipient = false
  }

  /// Takes back everything.
  mutating func reset() {
    for i in 0..<touchedCount { mask[Int(touched[i])] = 0 }
    touchedCount = 0
    candidateCount = 0
    undoCount = 0
    shelfCount = 0
    shelving = false
    forRecipient = false
  }
}

/// Which conditions of which alternatives each pattern serves: flat memory that all workers read.
final class ConditionTable: @unchecked Sendable {
  let starts: UnsafePointer<Int32>
  let edges: UnsafePointer<MatchState.Edge>
  let full: UnsafePointer<UInt64>
  let alternatives: Int
  let patterns: Int
  /// All condition and veto bits together: no recipient can set more.
  let bits: Int

  init(edges byPattern: [[MatchState.Edge]], full masks: [UInt64]) {
    let starts = UnsafeMutablePointer<Int32>.allocate(capacity: byPattern.count + 1)
    let total = byPattern.reduce(0) { $0 + $1.count }
    let edges = UnsafeMutablePointer<MatchState.Edge>.allocate(capacity: total + 1)
    var at = 0
    for (pattern, list) in byPattern.enumerated() {
      starts[pattern] = Int32(at)
      for edge in list {
        (edges + at).initialize(to: edge)
        at += 1
      }
    }
    starts[byPattern.count] = Int32(at)
    let full = UnsafeMutablePointer<UInt64>.allocate(capacity: masks.count + 1)
    full.initialize(from: masks, count: masks.count)
    self.starts = UnsafePointer(starts)
    self.edges = UnsafePointer(edges)
    self.full = UnsafePointer(full)
    alternatives = masks.count
    patterns = byPattern.count
    bits = masks.reduce(0) { $0 + $1.nonzeroBitCount + 1 }
  }

  deinit {
    starts.deallocate()
    edges.deallocate()
    full.deallocate()
  }
}
