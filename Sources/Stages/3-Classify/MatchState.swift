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
  private let gates: UnsafePointer<UInt64>
  private let alternatives: Int

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

  /// Patterns put aside instead of marked, and for each pattern the scan that put it there.
  private let shelf: UnsafeMutablePointer<UInt32>
  private let shelvedIn: UnsafeMutablePointer<UInt32>
  private var shelfCount = 0
  var shelving = false

  private var scan: UInt32 = 0

  struct Edge: Sendable {
    let alternative: Int32
    let bits: UInt64
  }

  init(_ conditions: ConditionTable) {
    starts = conditions.starts
    edges = conditions.edges
    full = conditions.full
    gates = conditions.gates
    alternatives = conditions.alternatives
    mask = .allocate(capacity: conditions.alternatives + 1)
    mask.initialize(repeating: 0, count: conditions.alternatives + 1)
    touched = .allocate(capacity: conditions.alternatives + 1)
    candidates = .allocate(capacity: conditions.alternatives + 1)
    undo = .allocate(capacity: conditions.bits + 1)
    shelf = .allocate(capacity: conditions.patterns + 1)
    shelvedIn = .allocate(capacity: conditions.patterns + 1)
    shelvedIn.initialize(repeating: 0, count: conditions.patterns + 1)
  }

  func deallocate() {
    mask.deallocate()
    touched.deallocate()
    candidates.deallocate()
    undo.deallocate()
    shelf.deallocate()
    shelvedIn.deallocate()
  }

  /// A new text begins.
  mutating func beginScan() { scan &+= 1 }

  /// A pattern matched.
  @inline(__always) mutating func saw(_ pattern: UInt32) {
    if shelving {
      if shelvedIn[Int(pattern)] == scan { return }
      shelvedIn[Int(pattern)] = scan
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

  /// Whether it matters that a pattern matches: whether an alternative that it serves still holds as far as it has been
  /// looked at (see `ConditionTable.gates`).
  @inline(__always) func matters(_ pattern: UInt32, at level: EvidenceLevel) -> Bool {
    let gate = gates + level.rawValue * alternatives
    var at = Int(starts[Int(pattern)])
    let end = Int(starts[Int(pattern) + 1])
    while at < end {
      let alternative = Int(edges[at].alternative)
      at += 1
      let marks = mask[alternative]
      if marks & MatchState.veto == 0, marks & gate[alternative] == gate[alternative] { return true }
    }
    return false
  }

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
  /// For each level of evidence, for each alternative: the bits of the conditions on what comes before that level.
  let gates: UnsafePointer<UInt64>
  /// All condition and veto bits together: no recipient can set more.
  let bits: Int

  init(edges byPattern: [[MatchState.Edge]], full masks: [UInt64], levels: [[EvidenceLevel]]) {
    (starts, edges) = ConditionTable.flatten(byPattern)
    let full = UnsafeMutablePointer<UInt64>.allocate(capacity: masks.count + 1)
    full.initialize(from: masks, count: masks.count)
    self.full = UnsafePointer(full)
    alternatives = masks.count
    let gates = UnsafeMutablePointer<UInt64>.allocate(capacity: EvidenceLevel.allCases.count * masks.count + 1)
    for level in EvidenceLevel.allCases {
      for (alternative, conditions) in levels.enumerated() {
        gates[level.rawValue * masks.count + alternative] = conditions.enumerated()
          .reduce(0) { $1.element.rawValue < level.rawValue ? $0 | 1 << UInt64($1.offset) : $0 }
      }
    }
    self.gates = UnsafePointer(gates)
    patterns = byPattern.count
    bits = masks.reduce(0) { $0 + $1.nonzeroBitCount + 1 }
  }

  private static func flatten<T>(_ lists: [[T]]) -> (UnsafePointer<Int32>, UnsafePointer<T>) {
    let starts = UnsafeMutablePointer<Int32>.allocate(capacity: lists.count + 1)
    let all = UnsafeMutablePointer<T>.allocate(capacity: lists.reduce(0) { $0 + $1.count } + 1)
    var at = 0
    for (i, list) in lists.enumerated() {
      starts[i] = Int32(at)
      for element in list {
        (all + at).initialize(to: element)
        at += 1
      }
    }
    starts[lists.count] = Int32(at)
    return (UnsafePointer(starts), UnsafePointer(all))
  }

  deinit {
    starts.deallocate()
    edges.deallocate()
    full.deallocate()
    gates.deallocate()
  }
}

/// The order in which evidence is looked at: when one level is, all before it are known.
enum EvidenceLevel: Int, CaseIterable {
  case messageFacts, head, subject, text, recipientFacts, diagnostic

  init(_ field: RuleField) {
    switch field {
    case .pattern(.diagnostic): self = .diagnostic
    case .pattern(.text): self = .text
    case .pattern(.subject): self = .subject
    case .pattern(.head), .head: self = .head
    case .fact(let fact): self = fact.isOfRecipient ? .recipientFacts : .messageFacts
    }
  }
}
