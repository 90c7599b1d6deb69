import DatabaseSupport
import Records
import Testing

@testable import Act

/// Thresholds over long histories, against the slow and obvious way: for each failure, look at all that came before it.
@Suite struct ThresholdTests {
  /// What can happen to an address.
  private enum Happening: CaseIterable {
    case full, expired, delayed, delivered, vacation, reply, spam, blocked

    var verdict: (Category, String) {
      switch self {
      case .full: (.softBounce, "mailbox_full")
      case .expired: (.softBounce, "expired")
      case .delayed: (.deliveryStatus, "delayed")
      case .delivered: (.deliveryStatus, "delivered")
      case .vacation: (.autoReply, "vacation")
      case .reply: (.userReply, "reply")
      case .spam: (.userReply, "unsolicited")
      case .blocked: (.mailBlock, "blocked")
      }
    }

    var isFailure: Bool { self == .full || self == .expired }
    var showsLife: Bool { self == .delivered || self == .vacation || self == .reply }
  }

  private struct Rule {
    var count: Int
    var days: Int
    var isConsecutive: Bool
    var unit: Suppression.Unit

    var policy: Policy {
      get throws {
        try Policy(changing: ["soft_bounce": .after(count, days: days, consecutive: isConsecutive, each: unit)])
      }
    }
  }

  /// A history of three years, for a dozen people: mostly quiet, with spells of failures.
  private static func history(_ random: inout Seeded) -> [(person: Int, second: Int, what: Happening)] {
    var history: [(person: Int, second: Int, what: Happening)] = []
    for person in 0..<12 {
      var day = Int.random(in: 0..<60, using: &random)
      while day < 3 * 365 {
        let isBad = Int.random(in: 0..<3, using: &random) == 0
        for _ in 0..<Int.random(in: 1...6, using: &random) {
          let what: Happening =
            isBad && Int.random(in: 0..<8, using: &random) > 0
            ? [.full, .expired].randomElement(using: &random)! : Happening.allCases.randomElement(using: &random)!
          history.append((person, day * 86400 + Int.random(in: 0..<86400, using: &random), what))
          day += Int.random(in: 0...9, using: &random)
        }
        day += Int.random(in: 5...90, using: &random)
      }
    }
    return history
  }

  /// The second at which each person is suppressed, recomputed from everything for each failure.
  private static func suppressions(
    _ history: [(person: Int, second: Int, what: Happening)], _ rule: Rule
  ) -> [Int: Int] {
    var first: [Int: Int] = [:]
    for failure in history where failure.what.isFailure {
      let own = history.filter { $0.person == failure.person && $0.second <= failure.second }
      let lastSign = own.filter { $0.what.showsLife }.map(\.second).max() ?? -1
      let counted = own.filter { other in
        other.what.isFailure && other.second / 86400 > failure.second / 86400 - rule.days
          && (!rule.isConsecutive || other.second > lastSign)
      }
      let count = rule.unit == .event ? counted.count : Set(counted.map { $0.second / 86400 }).count
      if count >= rule.count { first[failure.person] = min(first[failure.person] ?? .max, failure.second) }
    }
    return first
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func threeYearsOfHistoryGiveTheStatesOfASlowRecomputation(seed: UInt64) throws {
    var random = Seeded(seed: seed)
    let desk = try Desk()
    // No two at one second: what then comes first is a matter of the place in the spool, which StateTests look at.
    var seconds = Set<Int>()
    var history = Self.history(&random).filter { seconds.insert($0.second).inserted }
    history.shuffle(using: &random)
    let shards = Dictionary(grouping: history.enumerated()) { $0.offset % 3 }
    var loaded: [(person: Int, second: Int, what: Happening)] = []
    var wasSuppressed = false
    for (shard, part) in shards.sorted(by: { $0.key < $1.key }) {
      loaded += part.map(\.element)
      try desk.load(
        shard,
        part.map { index, event in
          let (category, reason) = event.what.verdict
          return Mail(
            name: "m\(index)", time: event.second,
            verdicts: [.init(recipient: "p\(event.person)@example.com", category: category, reason: reason)])
        })
      // After each load, and by each rule in turn: a rule that changes frees as well as suppresses.
      for _ in 0..<3 {
        let rule = Rule(
          count: Int.random(in: 1...5, using: &random), days: Int.random(in: 5...40, using: &random),
          isConsecutive: Bool.random(using: &random), unit: Bool.random(using: &random) ? .day : .event)
        let options = try desk.options(rule.policy, brake: Brake(always: 9999))
        _ = try desk.stage(options).run()
        let states = try desk.bench.rows("SELECT address_key, since FROM subscribers WHERE state = 'suppressed'")
        let expected = Self.suppressions(loaded, rule)
        #expect(
          Dictionary(uniqueKeysWithValues: states.map { ($0[0] as String, $0[1] as Int) })
            == Dictionary(uniqueKeysWithValues: expected.map { ("p\($0)@example.com", $1) }), "\(rule)")
        wasSuppressed = wasSuppressed || !expected.isEmpty
      }
    }
    #expect(wasSuppressed, "the history must be one in which something happens")
  }
}
