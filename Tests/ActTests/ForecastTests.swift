import ByteSlices
import DatabaseSupport
import Records
import Store
import Testing

@testable import Act

/// What a forecast says of messages judged otherwise, held against loading them so and acting.
@Suite struct ForecastTests {
  private let people = (0..<12).map { "person\($0)@example\($0 % 3).com" }
  private let kinds: [(Category, String)] = [
    (.hardBounce, "user_unknown"), (.softBounce, "mailbox_full"), (.mailBlock, "blocked"), (.redirect, "moved"),
    (.unsubscribeRequest, "reply"), (.feedbackLoop, "not_spam"), (.autoReply, "vacation"),
  ]

  @Test(arguments: 1...40 as ClosedRange<UInt64>) func foretellsWhatActDoes(seed: UInt64) throws {
    var random = Seeded(seed: seed)
    let desk = try Desk()
    var spool = (0..<3).map { _ in (0..<Int.random(in: 1...15, using: &random)).map { _ in mail(&random) } }
    for (shard, mails) in spool.enumerated() { try desk.load(shard, mails) }
    try desk.bench.stage.finish()
    if Bool.random(using: &random) {
      let overrides = try Overrides(databasePath: desk.bench.folder + "/db")
      try overrides.set(Override(address: people[0], state: .active))
      try overrides.set(Override(address: people[1], state: .suppressed))
    }
    let options = try desk.options()
    _ = try desk.stage(options).run()
    let before = try desk.bench.dump()

    let forecast = try Forecast(databasePath: desk.bench.folder + "/db", options: options)
    let further = try forecast.duplicates()
    // The same message has the same verdicts wherever it lies.
    var rejudged: [String: [Mail.Judged]] = [:]
    for shard in spool.indices {
      var changed: [ForecastMessage] = []
      for line in spool[shard].indices {
        let name = spool[shard][line].name
        if rejudged[name] == nil {
          let isAnother = Int.random(in: 0..<3, using: &random) == 0
          rejudged[name] = isAnother ? verdicts(&random) : spool[shard][line].verdicts
        }
        guard let new = rejudged[name], new != spool[shard][line].verdicts else { continue }
        spool[shard][line].verdicts = new
        let key = Schema.messageKeys(shard: shard).lowerBound + line
        changed.append(message(spool[shard][line], key))
        #expect(try further.contains(key) == (desk.bench.rows("SELECT 1 FROM messages WHERE key = \(key)").isEmpty))
      }
      try forecast.replace(changed)
    }
    let foretold = try forecast.report()
    #expect(try desk.bench.dump() == before, "a forecast changes nothing")

    for (shard, mails) in spool.enumerated() { try desk.load(shard, mails) }
    let done = try desk.stage(options).run()
    #expect(foretold.suppressed == done.suppressed)
    #expect(foretold.freed == done.freed)
    #expect(foretold.moved == done.moved)
    #expect(foretold.suppressedInAll == done.suppressedInAll)
    #expect(foretold.suppressedByRule == done.suppressedByRule)
  }

  @Test func saysWhenTheBrakeWouldHold() throws {
    let desk = try Desk()
    try desk.load(0, people.map { ActTests.mail("m-\($0)", $0, .mailBlock, "blocked") })
    try desk.bench.stage.finish()
    let options = try desk.options(brake: Brake(share: 0.1, always: 3))
    _ = try desk.stage(options).run()
    let forecast = try Forecast(databasePath: desk.bench.folder + "/db", options: options)
    #expect(try forecast.report().brake == nil)
    try forecast.replace(
      people.enumerated().map { line, person in
        message(ActTests.mail("m-\(person)", person, .hardBounce, "user_unknown"), line)
      })
    let report = try forecast.report()
    #expect(report.brake?.suppressing == people.count && report.brake?.limit == 3)
    #expect(report.suppressed.count == people.count && report.suppressed.samples.first?.rule == "rule")
  }

  private func message(_ mail: Mail, _ key: Int) -> ForecastMessage {
    ForecastMessage(
      key: key, id: mail.name.withByteSlice { MessageID(of: $0) }, time: mail.time,
      events: mail.verdicts.map {
        .init(
          recipient: $0.recipient.isEmpty && !$0.category.namesReportedRecipient ? mail.from : $0.recipient,
          category: $0.category.rawValue, reason: $0.reason, rule: $0.rule, newAddress: $0.newAddress)
      })
  }

  private func mail(_ random: inout Seeded) -> Mail {
    let number = Int.random(in: 0..<30, using: &random)
    return Mail(
      name: "m\(number)", time: number == 3 ? nil : 86400 * (number / 2), from: people[number % people.count],
      verdicts: number.isMultiple(of: 2) ? [.init(recipient: people[number / 2 % 12])] : verdicts(&random))
  }

  private func verdicts(_ random: inout Seeded) -> [Mail.Judged] {
    people.shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random)).map { person in
      let (category, reason) = kinds[Int.random(in: 0..<kinds.count, using: &random)]
      return .init(
        recipient: Int.random(in: 0..<9, using: &random) == 0 ? "" : person, category: category, reason: reason,
        rule: "rule-\(Int.random(in: 0..<3, using: &random))",
        newAddress: category == .redirect ? "new-\(person)" : "")
    }
  }
}
