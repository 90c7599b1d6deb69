import DatabaseSupport
import GRDB
import Records
import Testing

@testable import Act

@Suite struct StateTests {
  @Test func setsStatesByTheDefaultPolicy() throws {
    let desk = try Desk()
    try desk.load(
      0,
      [
        mail("1", "Hard@example.com", .hardBounce, "user_unknown", day: 7, rule: "unknown"),
        mail("2", "out@example.com", .unsubscribeRequest, "reply"),
        mail("3", "angry@example.com", .feedbackLoop, "abuse"),
        mail("4", "happy@example.com", .feedbackLoop, "not_spam"),
        mail("5", "moved@example.com", .redirect, "moved", new: "new@example.com"),
        mail("6", "blocked@example.com", .mailBlock, "blocked"),
        mail("7", "big@example.com", .messageRestriction, "message_too_big"),
        mail("8", "away@example.com", .autoReply, "vacation"),
        mail("9", "late@example.com", .deliveryStatus, "delayed"),
        mail("10", "writer@example.com", .userReply, "reply"),
      ] + (0..<5).map { mail("f\($0)", "full@example.com", .softBounce, "mailbox_full", day: 100 + $0) }
        + (0..<4).map { mail("s\($0)", "slow@example.com", .softBounce, "expired", day: 100 + $0) })
    let report = try desk.stage().run()
    #expect(report.applied)
    #expect(report.known == 12)
    #expect(report.examined == 12)
    #expect(report.suppressed.count == 4)
    #expect(
      report.suppressed.samples.map(\.address) == [
        "Hard@example.com", "angry@example.com", "full@example.com", "out@example.com",
      ])
    #expect(
      report.suppressed.samples.first
        == StateChange(
          address: "Hard@example.com", cause: "hard_bounce/user_unknown", rule: "unknown",
          policy: "hard_bounce: at once", since: 7 * 86400))
    #expect(report.suppressed.samples[2].policy == "soft_bounce: after 5 in 30 days")
    #expect(report.suppressed.samples[2].since == 104 * 86400)
    #expect(report.moved.samples.map(\.newAddress) == ["new@example.com"])
    #expect(report.suppressedInAll == 4)
    #expect(report.suppressedByDomain == [Count(name: "example.com", count: 4)])
    #expect(report.suppressedByCause.first == Count(name: "feedback_loop/abuse", count: 1))
    #expect(try desk.state("moved@example.com") == "moved")
    #expect(try desk.bench.count("v_suppressed") == 4)
    #expect(try desk.bench.count("v_moved") == 1)

    let again = try desk.stage().run()
    #expect(again.examined == 0)
    #expect(again.suppressed.count == 0)
    #expect(again.suppressedInAll == nil)
  }

  @Test func aLaterJudgementSetsFree() throws {
    let desk = try Desk()
    let bounce = mail("1", "a@example.com", .hardBounce, "user_unknown", rule: "too-eager")
    let gone = mail("2", "gone@example.com", .hardBounce, "user_unknown")
    try desk.load(0, [bounce, gone])
    _ = try desk.stage().run()
    let before = try desk.bench.dump()
    try desk.load(0, [mail("1", "a@example.com", .mailBlock, "blocked")])
    let report = try desk.stage().run()
    #expect(report.freed.count == 2)
    #expect(report.freed.samples.first?.rule == "too-eager")
    #expect(report.freed.samples.first?.cause == "hard_bounce/user_unknown")
    #expect(try desk.state("a@example.com") == "active")
    #expect(try desk.state("gone@example.com") == nil)

    try desk.load(0, [bounce, gone])
    #expect(try desk.stage().run().suppressed.count == 2)
    #expect(try desk.bench.dump() == before)
  }

  @Test func anotherPolicyCountsForAll() throws {
    let desk = try Desk()
    try desk.load(0, (0..<3).map { (day: Int) in mail("\(day)", "a@example.com", .softBounce, "expired", day: day) })
    _ = try desk.stage().run()
    #expect(try desk.state("a@example.com") == "active")
    let strict = try Policy(changing: ["soft_bounce": .after(3, days: 30)])
    #expect(try desk.stage(desk.options(strict)).plan().suppressed.count == 1)
    #expect(try desk.state("a@example.com") == "active")
    #expect(try desk.stage(desk.options(strict)).run().suppressed.count == 1)
    #expect(try desk.stage(desk.options(strict)).run().examined == 0)
    #expect(try desk.stage().run().freed.count == 1)
  }

  @Test func aPersonDecidesAgainstTheEvents() throws {
    let desk = try Desk()
    let overrides = try Overrides(databasePath: desk.bench.folder + "/db")
    try desk.load(0, [mail("1", "A@example.com", .hardBounce, "user_unknown")])
    _ = try desk.stage().run()
    let before = try desk.bench.dump()

    try overrides.set(Override(address: "a@EXAMPLE.com", state: .active, note: "called us"))
    try overrides.set(Override(address: "vip@example.com", state: .suppressed))
    #expect(try overrides.list().map(\.address) == ["a@EXAMPLE.com", "vip@example.com"])
    let report = try desk.stage().run()
    #expect(report.freed.samples.map(\.address) == ["A@example.com"])
    #expect(report.suppressed.samples == [StateChange(address: "vip@example.com", cause: "manual", policy: "manual")])
    #expect(try desk.state("vip@example.com") == "suppressed")

    // An event does not undo it, nor does the loss of all events.
    try desk.load(1, [mail("2", "a@example.com", .hardBounce, "user_unknown")])
    #expect(try desk.stage().run().suppressed.count == 0)
    try desk.bench.stage.removeShards(notIn: [])
    _ = try desk.stage().run()
    #expect(
      try desk.bench.rows("SELECT address FROM subscribers ORDER BY 1").map { $0[0] } == [
        "a@EXAMPLE.com", "vip@example.com",
      ])

    try desk.load(0, [mail("1", "A@example.com", .hardBounce, "user_unknown")])
    #expect(try overrides.remove("A@example.com"))
    #expect(try overrides.remove("vip@example.com"))
    #expect(try !overrides.remove("vip@example.com"))
    _ = try desk.stage().run()
    #expect(try desk.bench.dump() == before)
    #expect(throws: ActError.self) { try overrides.set(Override(address: "nobody", state: .active)) }
  }

  @Test func theBrakeHoldsBeforeAnythingIsChanged() throws {
    let desk = try Desk()
    let brake = Brake(share: 0.5, always: 3)
    try desk.load(0, (0..<10).map { mail("a\($0)", "a\($0)@example.com", .hardBounce, "user_unknown") })
    // The first run has no list to protect, unless it is told so.
    #expect(throws: ActError.self) {
      try desk.stage(desk.options(brake: Brake(share: 0.5, always: 3, firstRun: true))).run()
    }
    #expect(try desk.stage(desk.options(brake: brake)).run().suppressed.count == 10)

    try desk.load(1, (0..<11).map { mail("b\($0)", "b\($0)@example.org", .hardBounce, "user_unknown", rule: "new") })
    let before = try desk.bench.dump()
    let plan = try desk.stage(desk.options(brake: brake)).plan()
    let error = #expect(throws: ActError.self) { try desk.stage(desk.options(brake: brake)).run() }
    guard case .brake(let stop) = error else {
      Issue.record("expected the brake")
      return
    }
    #expect(stop.suppressing == 11)
    #expect(stop.limit == 10)
    #expect(stop.known == 21)
    #expect(stop.byDomain == [Count(name: "example.org", count: 11)])
    #expect(stop.byRule == [Count(name: "new", count: 11)])
    #expect(plan.brake == stop)
    #expect("\(stop)".contains("11 of 21"))
    #expect(try desk.bench.dump() == before)
    #expect(try desk.stage(desk.options(brake: brake, release: true)).run().suppressed.count == 11)
  }

  /// Random spools and policies: states by the stage, step by step, against the definition applied to all events.
  @Test(arguments: 1...10 as ClosedRange<UInt64>) func statesAreAFunctionOfTheEvents(seed: UInt64) throws {
    var random = Seeded(seed: seed)
    let desk = try Desk()
    var spool: [Int: [Mail]] = [:]
    var policy = Policy.default
    for _ in 0..<6 {
      if Int.random(in: 0..<3, using: &random) == 0 {
        let count = Int.random(in: 1...3, using: &random)
        policy = try Policy(changing: [
          "soft_bounce": .after(count, days: count + Int.random(in: 0...5, using: &random)),
          "hard_bounce.host_unknown": .after(2, days: 20), "redirect": seed % 2 == 0 ? .atOnce : .never,
        ])
      }
      let shard = Int.random(in: 0..<3, using: &random)
      spool[shard] = (0..<20).map { _ in randomMail(&random) }
      try desk.load(shard, spool[shard] ?? [])
      let options = try desk.options(policy, brake: Brake(always: 9999))
      let plan = try desk.stage(options).plan()
      var report = try desk.stage(options).run()
      report.applied = false
      #expect(plan == report)
      let states = try desk.bench.rows(
        "SELECT address_key, state, event, new_address FROM subscribers WHERE state <> 'active' ORDER BY 1")
      #expect(states.map { "\($0[0] as String) \($0[1] as String) \($0[2] as Int)" } == model(spool, policy))
    }
  }

  private func randomMail(_ random: inout Seeded) -> Mail {
    let kinds: [(Category, String)] = [
      (.softBounce, "expired"), (.softBounce, "mailbox_full"), (.hardBounce, "host_unknown"), (.redirect, "moved"),
      (.mailBlock, "blocked"), (.autoReply, "vacation"), (.feedbackLoop, "not_spam"), (.unsubscribeRequest, "reply"),
    ]
    let (category, reason) = kinds[Int.random(in: 0..<8, using: &random) % Int.random(in: 3...8, using: &random)]
    return mail(
      "m\(Int.random(in: 0..<60, using: &random))", "p\(Int.random(in: 0..<9, using: &random))@example.com", category,
      reason, day: Int.random(in: 0..<9, using: &random) == 0 ? nil : Int.random(in: 0..<12, using: &random))
  }

  private func model(_ spool: [Int: [Mail]], _ policy: Policy) -> [String] {
    struct Event {
      var key: Int
      var day: Int?
      var entry: String
      var suppression: Suppression
      var category: Category
      var isAnswer: Bool
    }
    var held: Set<String> = []
    var people: [String: [Event]] = [:]
    for (shard, mails) in spool.sorted(by: { $0.key < $1.key }) {
      for (line, mail) in mails.enumerated() where held.insert(mail.name).inserted {
        for judged in mail.verdicts {
          let (name, rule) = policy.entry(category: judged.category.rawValue, reason: judged.reason)
          people[judged.recipient, default: []].append(
            Event(
              key: (shard << 24 | line) << 20, day: mail.time.map { $0 / 86400 }, entry: name,
              suppression: rule.suppress, category: judged.category,
              isAnswer: ["vacation", "reply", "delivered"].contains(judged.reason)))
        }
      }
    }
    func order(_ event: Event) -> (Int, Int) { (event.day ?? .max, event.key) }
    return people.sorted { $0.key < $1.key }.compactMap { address, events in
      let decisive = events.filter { event in
        switch event.suppression {
        case .never: return false
        case .atOnce: return true
        case .after(let count, let days, _, _):
          guard let day = event.day else { return false }
          let others = events.filter { other in
            guard other.entry == event.entry, let then = other.day, day - days < then, order(other) <= order(event)
            else { return false }
            return !events.contains {
              $0.isAnswer && $0.day != nil && order(other) < order($0) && order($0) < order(event)
            }
          }
          return Set(others.map(\.day)).count >= count
        }
      }
      if let first = decisive.min(by: { order($0) < order($1) }) { return "\(address) suppressed \(first.key)" }
      let redirects = events.filter { $0.category == .redirect }
      let last = redirects.max { ($0.day ?? -1, $0.key) < ($1.day ?? -1, $1.key) }
      return last.map { "\(address) moved \($0.key)" }
    }
  }
}
