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

  /// Patterns put aside instead of marked, and for each pattern the scan that put it there.
  private let shelf: UnsafeMutablePointer<UInt32>
  private let shelvedIn: UnsafeMutablePointer<UInt32>
  private var shelfCount = 0
  var shelving = false

  /// Where the steps of chained patterns last held.
  private let trails: UnsafeMutablePointer<Trail>
  private let steps: UnsafePointer<ChainStep>
  private let stepStarts: UnsafePointer<Int32>
  private let patterns: UInt32
  private var scan: UInt32 = 0

  /// The latest ends of a step's matches in one scan: more than one, as the latest may overlap what follows.
  private struct Trail {
    var ends = SIMD4<UInt32>(repeating: 0)
    var scan: UInt32 = 0
    var count: UInt32 = 0
  }

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
    shelvedIn = .allocate(capacity: conditions.patterns + 1)
    shelvedIn.initialize(repeating: 0, count: conditions.patterns + 1)
    steps = conditions.steps
    stepStarts = conditions.stepStarts
    patterns = UInt32(conditions.patterns)
    trails = .allocate(capacity: conditions.stepCount + 1)
    trails.initialize(repeating: Trail(), count: conditions.stepCount + 1)
  }

  func deallocate() {
    mask.deallocate()
    touched.deallocate()
    candidates.deallocate()
    undo.deallocate()
    shelf.deallocate()
    shelvedIn.deallocate()
    trails.deallocate()
  }

  /// A new text: ends of the one before mean nothing in it.
  mutating func beginScan() { scan &+= 1 }

  /// The automaton found a pattern, or a piece of one, that ends at `end`.
  @inline(__always) mutating func saw(_ id: UInt32, end: UInt32) {
    if id < patterns { return saw(id) }
    var at = Int(stepStarts[Int(id - patterns)])
    let last = Int(stepStarts[Int(id - patterns) + 1])
    while at < last {
      let step = steps[at]
      if follows(step, end) {
        if step.pattern != ChainStep.unfinished {
          saw(step.pattern)
        } else {
          let trail = trails + Int(step.number)
          if trail.pointee.scan != scan { trail.pointee = Trail(scan: scan) }
          trail.pointee.ends[Int(trail.pointee.count & 3)] = end
          trail.pointee.count += 1
        }
      }
      at += 1
    }
  }

  @inline(__always) private func follows(_ step: ChainStep, _ end: UInt32) -> Bool {
    if step.previous == ChainStep.first { return true }
    if step.previous == ChainStep.start { return end >= step.nearest && end <= step.farthest }
    let trail = trails + Int(step.previous)
    guard trail.pointee.scan == scan else { return false }
    for i in 0..<Int(min(trail.pointee.count, 4)) {
      let distance = end &- trail.pointee.ends[i]
      if distance >= step.nearest, distance <= step.farthest { return true }
    }
    return false
  }

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
  /// The steps that each piece takes: those of piece `p` stand from `stepStarts[p]` up to `stepStarts[p + 1]`.
  let stepStarts: UnsafePointer<Int32>
  let steps: UnsafePointer<ChainStep>
  let stepCount: Int

  init(edges byPattern: [[MatchState.Edge]], full masks: [UInt64], steps byPiece: [[ChainStep]]) {
    (starts, edges) = ConditionTable.flatten(byPattern)
    let full = UnsafeMutablePointer<UInt64>.allocate(capacity: masks.count + 1)
    full.initialize(from: masks, count: masks.count)
    self.full = UnsafePointer(full)
    alternatives = masks.count
    patterns = byPattern.count
    bits = masks.reduce(0) { $0 + $1.nonzeroBitCount + 1 }
    (stepStarts, steps) = ConditionTable.flatten(byPiece)
    stepCount = byPiece.reduce(0) { $0 + $1.count }
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
    stepStarts.deallocate()
    steps.deallocate()
  }
}

/// One piece's place in a chained pattern.
struct ChainStep: Sendable {
  static let unfinished = UInt32.max
  static let first: Int32 = -1
  static let start: Int32 = -2

  /// Where its ends are noted.
  let number: Int32
  /// The step before, `first` for none, or `start` for the start of the text.
  let previous: Int32
  /// The distance between the end of the step before and the end of this one, in bytes.
  let nearest: UInt32
  let farthest: UInt32
  /// The pattern that is found with this step, or `unfinished`.
  let pattern: UInt32
}
