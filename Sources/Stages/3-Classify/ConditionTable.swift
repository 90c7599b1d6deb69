/// Which conditions of which alternatives each pattern serves, and the other way round: flat memory that all workers
/// read.
final class ConditionTable: @unchecked Sendable {
  let alternatives: Int
  let patterns: Int
  /// All conditions together: no recipient can set more bits.
  let bits: Int
  /// For each alternative, the bits of all its conditions.
  let full: UnsafePointer<UInt64>
  /// For each alternative, the bits of those conditions that are looked at in any case.
  let first: UnsafePointer<UInt64>
  /// For each alternative, what it wants to be looked at once the conditions in `first` may all hold.
  let wants: UnsafePointer<Wants>
  /// The alternatives that want something whatever a message shows, in their order.
  let alwaysWanting: [Int32]
  /// The conditions that each pattern serves: those of pattern `p` stand from `starts[p]` up to `starts[p + 1]`.
  let starts: UnsafePointer<Int32>
  let edges: UnsafePointer<MatchState.Edge>
  /// What is asked of each alternative, the cheapest first.
  private let checks: [[Check]]

  private struct Check {
    /// One of these must match; of an `unless`, none.
    var patterns: [UInt32]
    let isVeto: Bool
    let cost: Int
  }

  /// - Parameters:
  ///   - costs: for each pattern, how dear it is to find out whether it matches; patterns of one condition cost the
  ///     same.
  ///   - wanted: for each pattern, what a rule that asks for it wants.
  init(edges byPattern: [[MatchState.Edge]], full masks: [UInt64], costs: [Int], wants wanted: [Wants]) {
    alternatives = masks.count
    patterns = byPattern.count
    bits = masks.reduce(0) { $0 + $1.nonzeroBitCount }
    full = Self.copy(masks)
    var needs = masks.map { [[UInt32]](repeating: [], count: $0.nonzeroBitCount) }
    var vetoes = masks.map { _ in [UInt32]() }
    var first = masks
    var wants = [Wants](repeating: [], count: masks.count)
    var starts: [Int32] = [0]
    var edges: [MatchState.Edge] = []
    for (pattern, list) in byPattern.enumerated() {
      for edge in list {
        let alternative = Int(edge.alternative)
        let isVeto = edge.bits == MatchState.veto
        if !wanted[pattern].isEmpty {
          wants[alternative].formUnion(wanted[pattern])
          if !isVeto { first[alternative] &= ~edge.bits }
        }
        if isVeto {
          vetoes[alternative].append(UInt32(pattern))
        } else {
          needs[alternative][edge.bits.trailingZeroBitCount].append(UInt32(pattern))
          edges.append(edge)
        }
      }
      starts.append(Int32(edges.count))
    }
    checks = masks.indices.map { alternative in
      var checks = needs[alternative].map { patterns in
        Check(patterns: patterns, isVeto: false, cost: patterns.first.map { costs[Int($0)] } ?? 0)
      }
      for cost in Set(vetoes[alternative].map { costs[Int($0)] }) {
        checks.append(
          Check(patterns: vetoes[alternative].filter { costs[Int($0)] == cost }, isVeto: true, cost: cost))
      }
      // A veto seldom holds, and so settles less than a condition does.
      return checks.sorted { ($0.cost, $0.isVeto ? 1 : 0) < ($1.cost, $1.isVeto ? 1 : 0) }
    }
    alwaysWanting = masks.indices.filter { first[$0] == 0 && !wants[$0].isEmpty }.map { Int32($0) }
    self.first = Self.copy(first)
    self.wants = Self.copy(wants)
    self.starts = Self.copy(starts)
    self.edges = Self.copy(edges)
  }

  deinit {
    full.deallocate()
    first.deallocate()
    wants.deallocate()
    starts.deallocate()
    edges.deallocate()
  }

  private static func copy<T>(_ list: [T]) -> UnsafePointer<T> {
    let memory = UnsafeMutablePointer<T>.allocate(capacity: list.count + 1)
    memory.initialize(from: list, count: list.count)
    return UnsafePointer(memory)
  }

  /// Whether an alternative holds, asking for as few patterns as that takes.
  @inline(__always) func holds(_ alternative: Int32, _ matches: (UInt32) -> Bool) -> Bool {
    for check in checks[Int(alternative)] where check.patterns.contains(where: matches) == check.isVeto { return false }
    return true
  }
}
