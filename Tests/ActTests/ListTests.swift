import DatabaseSupport
import Foundation
import GRDB
import Records
import Store
import Testing

@testable import Act

/// Suppression on one list, decisions by hand, and the brake over imported subscribers.
@Suite struct ListTests {
  private static let policy = Result {
    var policy = try Policy(changing: [
      "unsubscribe_request": Policy.Entry(.atOnce, scope: .list),
      "soft_bounce": Policy.Entry(.after(2, days: 30), scope: .list),
    ])
    policy.lists = ["news": ["news-bounces*@example.org"], "offers": ["offers@example.org", "offers-*@example.org"]]
    return policy
  }

  private func listed(_ desk: Desk) throws -> [String] {
    try desk.bench.rows("SELECT list, address_key, status FROM list_standings ORDER BY 1, 2").map {
      "\($0[0] as String) \($0[1] as String) \($0[2] as String)"
    }
  }

  @Test func anUnsubscribeCountsForItsList() throws {
    let desk = try Desk()
    let (news, offers) = ("News-Bounces+1a2b@example.org", "offers-unsubscribe@example.org")
    let mails = [
      mail("1", "a@example.com", .unsubscribeRequest, "reply", to: news),
      mail("2", "b@example.com", .unsubscribeRequest, "reply", to: "postmaster@example.org"),
      mail("3", "c@example.com", .softBounce, "expired", day: 1, to: news),
      mail("4", "c@example.com", .softBounce, "expired", day: 2, to: offers),
      mail("5", "d@example.com", .softBounce, "expired", day: 1, to: offers),
      mail("6", "d@example.com", .softBounce, "expired", day: 2, to: offers),
      mail("7", "e@example.com", .softBounce, "expired", day: 1, to: offers),
      mail("8", "e@example.com", .autoReply, "vacation", day: 2, to: news),
      mail("9", "e@example.com", .softBounce, "expired", day: 3, to: offers),
    ]
    try desk.load(0, mails)
    let options = try desk.options(Self.policy.get())
    let plan = try desk.stage(options).plan()
    #expect(plan.suppressedOnLists == 2 && plan.suppressed.count == 1)
    _ = try desk.stage(options).run()
    #expect(try listed(desk) == ["news a@example.com unsubscribed", "offers d@example.com suppressed"])
    #expect(try desk.state("a@example.com") == "active")
    #expect(try desk.state("b@example.com") == "suppressed", "nobody knows the list: from all")
    let before = try desk.bench.dump()

    // What is judged otherwise frees on the list too, and what is gone.
    try desk.load(0, mails.filter { $0.name != "1" })
    #expect(try desk.stage(options).run().freedOnLists == 1)
    #expect(try listed(desk) == ["offers d@example.com suppressed"])
    try desk.load(0, mails)
    _ = try desk.stage(options).run()
    #expect(try desk.bench.dump() == before)

    // So does another policy.
    let report = try desk.stage().run()
    #expect(report.freedOnLists == 2)
    #expect(try listed(desk).isEmpty)
    #expect(try desk.state("a@example.com") == "suppressed")
  }

  @Test func aPersonDecidesForAList() throws {
    let desk = try Desk()
    try desk.load(
      0, [mail("1", "a@example.com", .unsubscribeRequest, "reply", to: "news-bounces@example.org")])
    let options = try desk.options(Self.policy.get())
    _ = try desk.stage(options).run()
    let overrides = try Overrides(databasePath: desk.bench.folder + "/db", policy: Self.policy.get())
    try overrides.set(Override(address: "A@example.com", state: .active, list: "news", note: "called", at: 7))
    try overrides.set(Override(address: "new@example.com", state: .unsubscribed, list: "offers", at: 8))
    let expected = ["news a@example.com restored", "offers new@example.com unsubscribed"]
    #expect(try listed(desk) == expected)
    _ = try desk.stage(options).run()
    #expect(try listed(desk) == expected, "act says the same")
    _ = try desk.stage().run()
    #expect(try listed(desk) == expected, "by any policy")
    _ = try desk.stage(options).run()

    #expect(try overrides.remove("a@example.com", list: "news", at: 9))
    #expect(try overrides.remove("new@example.com", list: "offers", at: 10))
    #expect(try listed(desk) == ["news a@example.com unsubscribed"])
    let diary = try desk.bench.rows("SELECT decision, list, at FROM decisions ORDER BY number")
    #expect(
      diary.map { "\($0[0] as String) \($0[1] as String) \($0[2] as Int)" } == [
        "restore news 7", "unsubscribe offers 8", "release news 9", "release offers 10",
      ])
  }

  @Test func decisionsCountAtOnceAndAsActWouldHaveThem() throws {
    let desk = try Desk()
    try desk.load(
      0, [mail("1", "a@example.com", .hardBounce, "user_unknown"), mail("2", "b@example.com", .autoReply, "vacation")])
    _ = try desk.stage().run()
    let overrides = try Overrides(databasePath: desk.bench.folder + "/db", policy: .default)
    func status() throws -> [String] {
      try desk.bench.rows("SELECT address_key, status FROM subscribers ORDER BY 1").map {
        "\($0[0] as String) \($0[1] as String)"
      }
    }
    try overrides.set(Override(address: "a@example.com", state: .active, at: 1))
    try overrides.set(Override(address: "b@example.com", state: .unsubscribed, at: 2))
    try overrides.set(Override(address: "c@example.com", state: .suppressed, at: 3))
    #expect(try status() == ["a@example.com restored", "b@example.com unsubscribed", "c@example.com suppressed"])
    let before = try desk.bench.dump()
    #expect(try desk.stage().run().examined == 0)
    _ = try desk.stage(desk.options(Policy(changing: ["soft_bounce": .atOnce]))).run()
    _ = try desk.stage().run()
    #expect(try desk.bench.dump() == before)
    for address in ["a@example.com", "b@example.com", "c@example.com"] { try overrides.remove(address, at: 4) }
    #expect(try status() == ["a@example.com suppressed", "b@example.com active"])
    #expect(try desk.stage().run().examined == 0)
  }

  @Test func theBrakeProtectsImportedSubscribersFromTheFirstRun() throws {
    let desk = try Desk()
    try desk.bench.stage.database.write { db in
      for id in 0..<100 {
        try db.execute(
          sql: "INSERT INTO roster VALUES (?, ?, ?1, ?2, '{}')", arguments: [id, "p\(id)@example.com"])
      }
    }
    // Strangers don't count against the roster.
    let strangers = (0..<300).map { mail("s\($0)", "s\($0)@example.net", .hardBounce, "user_unknown") }
    try desk.load(0, strangers + (0..<20).map { mail("p\($0)", "p\($0)@example.com", .hardBounce, "user_unknown") })
    _ = try desk.stage().run()
    try desk.load(1, (20..<50).map { mail("p\($0)", "p\($0)@example.com", .hardBounce, "user_unknown", rule: "new") })
    let before = try desk.bench.dump()
    let error = #expect(throws: ActError.self) { try desk.stage().run() }
    guard case .brake(let stop) = error else {
      Issue.record("expected the brake")
      return
    }
    #expect(stop.suppressing == 30 && stop.limit == 20 && stop.known == 100 && stop.isRoster)
    #expect("\(stop)".contains("30 of 100 subscribers (30 %)"))
    #expect("\(stop)".contains("30  example.com") && "\(stop)".contains("30  new"))
    #expect(try desk.bench.dump() == before)
    #expect(throws: ActError.self) { try desk.stage(desk.options(brake: Brake(count: 29, share: 1))).run() }
    #expect(try desk.stage(desk.options(brake: Brake(count: 30, share: 0.5))).run().suppressed.count == 30)
  }

  @Test(arguments: [
    ("news-bounces@example.org", "news-*@example.org", true), ("news-@example.org", "news-*@example.org", true),
    ("xnews-a@example.org", "news-*@example.org", false), ("a@example.org", "*", true), ("", "*", true), ("", "", true),
    ("aab", "*ab", true), ("aabb", "*ab", false), ("abcabd", "a*b*d", true), ("a", "", false),
  ]) func masksFit(text: String, mask: String, fits: Bool) {
    #expect(text.withByteSlice { text in mask.withByteSlice { ListFinder.fits(text, $0) } } == fits)
  }
}
