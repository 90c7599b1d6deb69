/// What a link's phrases are good for.
struct ChainLink: Sendable {
  /// Whether a step of it stands at the beginning of a chain.
  let begins: Bool
  /// Where its ends are noted for the chains that it begins; -1 when it begins none, or only whole patterns.
  let trail: Int32
  /// The links that stand second in those chains.
  let firstFollower: Int32
  let endFollower: Int32
}

/// One link's place in a chained pattern, where there is something to check.
struct ChainStep: Sendable {
  static let anywhere: Int32 = -1
  static let textStart: Int32 = -2
  static let lineStart: Int32 = -3
  /// As `tailFarthest`: the line goes on as it likes.
  static let anyEnd = UInt16.max

  /// Where its ends are noted.
  let number: Int32
  /// The trail of the step before, or where the chain begins.
  let previous: Int32
  /// The link of the step behind; -1 for the last.
  var follower: Int32 = -1
  /// The gap before it: how long, in characters of the matched text (of a line's start, in bytes), and of what.
  let nearest: UInt16
  let farthest: UInt16
  let set: Int16
  /// What must stand behind it; -1 for nothing.
  let tail: Int16
  let tailNearest: UInt16
  let tailFarthest: UInt16
  /// The pattern that the chain reads.
  let goal: UInt32

  var isLast: Bool { follower < 0 }
}

/// The chains of all patterns, by link.
struct ChainTable {
  /// For each link, its steps, but for those that begin a chain anywhere and have others behind them.
  private(set) var steps: [[ChainStep]] = []
  /// For each link, the trail of the steps left out, and the links behind them.
  private(set) var trails: [Int32] = []
  private(set) var followers: [[Int32]] = []
  /// For each link, whether it stands at the beginning of a chain.
  private(set) var begins: [Bool] = []
  private(set) var trailCount: Int32 = 0

  mutating func addLink() -> Int {
    steps.append([])
    trails.append(-1)
    followers.append([])
    begins.append(false)
    return steps.count - 1
  }

  private mutating func newTrail() -> Int32 {
    trailCount += 1
    return trailCount - 1
  }

  /// Enters a chain whose links have the numbers `links`.
  mutating func add(_ chain: PhraseChain, links: [Int], goal: UInt32, set: (ByteSet) -> Int16) {
    var previous: Int32 =
      switch chain.origin {
      case .anywhere: ChainStep.anywhere
      case .lineStart: ChainStep.lineStart
      case .textStart: ChainStep.textStart
      }
    for (index, link) in links.enumerated() {
      let isLast = index == links.count - 1
      if index == 0 { begins[link] = true }
      if index == 0, chain.origin == .anywhere, !isLast {
        if trails[link] < 0 { trails[link] = newTrail() }
        let next = Int32(links[1])
        if !followers[link].contains(next) { followers[link].append(next) }
        previous = trails[link]
        continue
      }
      let gap = chain.links[index].gap
      let tail = isLast ? chain.tail : nil
      let number = isLast ? 0 : newTrail()
      steps[link].append(
        ChainStep(
          number: number, previous: previous, follower: isLast ? -1 : Int32(links[index + 1]),
          nearest: UInt16(clamping: gap?.range.lowerBound ?? 0), farthest: UInt16(clamping: gap?.range.upperBound ?? 0),
          set: gap.map { set($0.set) } ?? 0, tail: tail.map { set($0.set) } ?? -1,
          tailNearest: UInt16(clamping: tail?.range.lowerBound ?? 0),
          tailFarthest: chain.endsLine ? UInt16(clamping: tail?.range.upperBound ?? 0) : ChainStep.anyEnd, goal: goal))
      previous = number
    }
  }
}
