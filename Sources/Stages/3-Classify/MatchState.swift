import ByteSlices

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

  /// Where the steps of chained patterns last held; a step that begins a chain has no trail but its link's.
  private let trails: UnsafeMutablePointer<Trail>
  /// For each link, the scan in which a step of it may hold: those that begin chains always may.
  private let armed: UnsafeMutablePointer<UInt32>
  private let links: UnsafePointer<ChainLink>
  private let followers: UnsafePointer<Int32>
  /// For each pattern, the scan that found it.
  private let found: UnsafeMutablePointer<UInt32>
  private let steps: UnsafePointer<ChainStep>
  private let stepStarts: UnsafePointer<Int32>
  private let sets: UnsafePointer<ByteSet>
  private var scan: UInt32 = 0
  /// Where, in the text under way, the latest 256 characters of the matched text stand.
  let origins: UnsafeMutablePointer<UInt32>

  /// The latest ends of a step's matches in one scan, in the matched text and in the text itself; more than one, as the
  /// latest may overlap what follows.
  private struct Trail {
    var positions = SIMD4<UInt32>(repeating: 0)
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
    sets = conditions.sets
    armed = .allocate(capacity: conditions.linkCount + 1)
    armed.initialize(repeating: 0, count: conditions.linkCount + 1)
    found = .allocate(capacity: conditions.patterns + 1)
    found.initialize(repeating: 0, count: conditions.patterns + 1)
    links = conditions.links
    followers = conditions.followers
    origins = .allocate(capacity: 256)
    origins.initialize(repeating: 0, count: 256)
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
    origins.deallocate()
    armed.deallocate()
    found.deallocate()
  }

  /// A new text: ends of the one before mean nothing in it.
  mutating func beginScan(_ text: ByteSlice) { scan &+= 1 }

  /// Whether anything is to be learnt from a link.
  @inline(__always) func waits(for link: Int32) -> Bool {
    links[Int(link)].begins || armed[Int(link)] == scan
  }

  /// A phrase of a link was found, from `begin` to `end` in the text, ending at `position` of the matched text.
  @inline(__always)
  mutating func saw(link: Int32, begin: Int, end: Int, position: Int, length: Int, _ text: ByteSlice) {
    let here = links[Int(link)]
    if here.trail >= 0, note(here.trail, position, end) { arm(here.firstFollower, here.endFollower) }
    var at = Int(stepStarts[Int(link)])
    let last = Int(stepStarts[Int(link) + 1])
    while at < last {
      let step = steps[at]
      at += 1
      if found[Int(step.goal)] == scan { continue }
      if !follows(step, begin: begin, position: position - length, text) { continue }
      if !step.isLast {
        if note(step.number, position, end) { armed[Int(step.follower)] = scan }
      } else if step.tail < 0 || endsLine(step, end, text) {
        found[Int(step.goal)] = scan
        saw(step.goal)
      }
    }
  }

  /// Keeps an end; true when it is the first in this scan.
  @inline(__always) private func note(_ number: Int32, _ position: Int, _ end: Int) -> Bool {
    let trail = trails + Int(number)
    let isFirst = trail.pointee.scan != scan
    if isFirst {
      trail.pointee.scan = scan
      trail.pointee.count = 0
    }
    let slot = Int(trail.pointee.count & 3)
    trail.pointee.positions[slot] = UInt32(truncatingIfNeeded: position)
    trail.pointee.ends[slot] = UInt32(truncatingIfNeeded: end)
    trail.pointee.count &+= 1
    return isFirst
  }

  @inline(__always) private func arm(_ from: Int32, _ to: Int32) {
    var at = Int(from)
    while at < Int(to) {
      armed[Int(followers[at])] = scan
      at += 1
    }
  }

  @inline(__always)
  private func follows(_ step: ChainStep, begin: Int, position: Int, _ text: ByteSlice) -> Bool {
    switch step.previous {
    case ChainStep.anywhere: return true
    case ChainStep.textStart:
      return position >= Int(step.nearest) && position <= Int(step.farthest) && allowed(step.set, 0, begin, text)
    case ChainStep.lineStart: return beginsLine(step, begin, text)
    default:
      let trail = trails + Int(step.previous)
      guard trail.pointee.scan == scan else { return false }
      for i in 0..<Int(min(trail.pointee.count, 4)) {
        let distance = position - Int(trail.pointee.positions[i])
        if distance >= Int(step.nearest), distance <= Int(step.farthest),
          allowed(step.set, Int(trail.pointee.ends[i]), begin, text)
        {
          return true
        }
      }
      return false
    }
  }

  @inline(__always) private func allowed(_ set: Int16, _ from: Int, _ to: Int, _ text: ByteSlice) -> Bool {
    if set == 0 { return true }
    var at = from
    while at < to {
      if !sets[Int(set)].contains(text.base[at]) { return false }
      at += 1
    }
    return true
  }

  /// Whether between the start of the line and `begin` there is only what the step's gap takes.
  private func beginsLine(_ step: ChainStep, _ begin: Int, _ text: ByteSlice) -> Bool {
    var at = begin
    var taken = 0
    while true {
      if at == 0 || text.base[at - 1] == 0x0A, taken >= Int(step.nearest) { return true }
      if at == 0 || taken >= Int(step.farthest) || !sets[Int(step.set)].contains(text.base[at - 1]) { return false }
      at -= 1
      taken += 1
    }
  }

  /// Whether what must stand behind `end` stands there.
  private func endsLine(_ step: ChainStep, _ end: Int, _ text: ByteSlice) -> Bool {
    var at = end
    var taken = 0
    while true {
      if taken >= Int(step.tailNearest), step.tailFarthest == ChainStep.anyEnd { return true }
      if at == text.count || text.base[at] == 0x0A, taken >= Int(step.tailNearest) { return true }
      if at == text.count || taken >= Int(step.tailFarthest) || !sets[Int(step.tail)].contains(text.base[at]) {
        return false
      }
      at += 1
      taken += 1
    }
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
  /// The steps that each link takes: those of link `l` stand from `stepStarts[l]` up to `stepStarts[l + 1]`.
  let stepStarts: UnsafePointer<Int32>
  let steps: UnsafePointer<ChainStep>
  let stepCount: Int
  let linkCount: Int
  let links: UnsafePointer<ChainLink>
  let followers: UnsafePointer<Int32>
  /// What gaps take; the first takes any byte.
  let sets: UnsafePointer<ByteSet>

  init(
    edges byPattern: [[MatchState.Edge]], full masks: [UInt64], chains: ChainTable, sets gapSets: [ByteSet]
  ) {
    (starts, edges) = ConditionTable.flatten(byPattern)
    let full = UnsafeMutablePointer<UInt64>.allocate(capacity: masks.count + 1)
    full.initialize(from: masks, count: masks.count)
    self.full = UnsafePointer(full)
    alternatives = masks.count
    patterns = byPattern.count
    bits = masks.reduce(0) { $0 + $1.nonzeroBitCount + 1 }
    (stepStarts, steps) = ConditionTable.flatten(chains.steps)
    stepCount = Int(chains.trailCount)
    linkCount = chains.steps.count
    let (starts, followers) = ConditionTable.flatten(chains.followers)
    self.followers = followers
    let links = UnsafeMutablePointer<ChainLink>.allocate(capacity: linkCount + 1)
    for link in 0..<linkCount {
      (links + link).initialize(
        to: ChainLink(
          begins: chains.begins[link], trail: chains.trails[link], firstFollower: starts[link],
          endFollower: starts[link + 1]))
    }
    starts.deallocate()
    self.links = UnsafePointer(links)
    let sets = UnsafeMutablePointer<ByteSet>.allocate(capacity: gapSets.count + 1)
    sets.initialize(from: gapSets, count: gapSets.count)
    self.sets = UnsafePointer(sets)
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
    sets.deallocate()
    links.deallocate()
    followers.deallocate()
  }
}
