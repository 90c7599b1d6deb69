import Foundation
import GRDB
import Testing

/// History judged by other rules: shown, applied, taken back.
@Suite struct HistoryTests {
  /// Rule files of a site, each of which changes what some samples are judged.
  static let rules = [
    """
    - id: site-unknown-is-block
      category: mail_block
      reason: blocked
      why: A provider said so of everybody for a day.
      match: { diagnostic: ['user unknown', 'no such user'] }
      examples: [{ diagnostic: '550 5.1.1 No such user here' }]
    - id: site-full-is-hard
      category: hard_bounce
      reason: user_unknown
      why: Full for years.
      match: { diagnostic: ['quota', 'mailbox full'] }
      examples: [{ diagnostic: '552 mailbox full' }]
    """,
    """
    - id: site-replies-are-requests
      category: unsubscribe_request
      reason: reply
      why: Whoever writes here wants to leave.
      match: { kind: [plain], sender: [given, none] }
      unless: { subject: ['out of office'] }
      examples: [{ kind: plain, text: 'No more, please.' }]
    """,
    """
    - id: site-blocks-for-people
      category: user_reply
      reason: reply
      why: Somebody wants to read the blocks, and to know who has moved no longer.
      match: { any: [{ diagnostic: ['block', 'spam', 'reject'] }, { text: ['new address', 'moved'] }] }
      examples: [{ diagnostic: '550 blocked' }, { text: 'I have moved.' }]
    """,
  ]

  struct Report: Decodable {
    struct Verdicts: Decodable {
      struct Ruling: Decodable, Equatable {
        var category, reason, rule: String
      }
      struct Cell: Decodable {
        var before, after: String
        var verdicts: Int
      }
      struct Sample: Decodable {
        var message, subject, recipient, words: String
      }
      struct Change: Decodable {
        var before: Ruling?
        var after: Ruling?
        var verdicts: Int
        var samples: [Sample]
      }
      var messages, changed_messages, changed_verdicts: Int
      var matrix: [Cell]
      var changes: [Change]
    }
    struct Addresses: Decodable {
      struct Address: Decodable {
        var address, domain, cause: String
        var rule: String?
      }
      var suppressed, freed, moved: [Address]
    }
    var verdicts: Verdicts
    var addresses: Addresses
  }

  static func report(_ arguments: [String]) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(Mill.expect(0, arguments).output.utf8))
  }

  /// Tables that tell what happened, rather than how things stand.
  static let diaries: Set = ["changes", "state_changes"]

  private func suppressed(_ shop: Workshop) throws -> Set<String> {
    let queue = try DatabaseQueue(path: shop.database.path)
    return try queue.read {
      try Set(String.fetchAll($0, sql: "SELECT address_key FROM subscribers WHERE state = 'suppressed'"))
    }
  }

  @Test(arguments: rules) func whatIsShownIsWhatHappensAndIsTakenBack(rules: String) throws {
    let shop = try Workshop()
    let folder = try shop.write("rules/site.yaml", Data(rules.utf8)).dropLast("/site.yaml".count)
    try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    let (spool, rows, off) = (try shop.spool(), try shop.rows(but: Self.diaries), try suppressed(shop))
    let times = try shop.spoolTimes()
    let everything = try shop.rows()

    let shown = try Self.report(shop.here("reclassify", "--json", "--rules", String(folder)))
    #expect(try shop.spool() == spool && shop.spoolTimes() == times)
    #expect(try shop.rows() == everything, "the database is not touched")
    #expect(shown.verdicts.changed_verdicts > 0)
    #expect(shown.verdicts.changed_verdicts == shown.verdicts.changes.reduce(0) { $0 + $1.verdicts })
    #expect(shown.verdicts.changes.allSatisfy { !$0.samples.isEmpty && $0.samples.count <= 3 })
    #expect(try shop.value("SELECT count(*) FROM messages") == shown.verdicts.messages)
    let text = try Mill.expect(0, shop.here("reclassify", "--diff", "--rules", String(folder))).output
    #expect(text.contains("verdicts change"))
    for address in shown.addresses.suppressed + shown.addresses.freed { #expect(text.contains(address.domain)) }

    try Mill.expect(0, shop.here("reclassify", "--apply", "--release-brake", "--rules", String(folder)))
    #expect(try shop.value("SELECT count(*) FROM changes") == shown.verdicts.changed_verdicts)
    let now = try suppressed(shop)
    #expect(now.subtracting(off) == Set(shown.addresses.suppressed.map { $0.address.lowercased() }))
    #expect(off.subtracting(now) == Set(shown.addresses.freed.map { $0.address.lowercased() }))
    let done = try Self.report(shop.here("diff", "--json"))
    #expect(done.verdicts.changed_verdicts == shown.verdicts.changed_verdicts)
    #expect(done.verdicts.changes.map(\.after) == shown.verdicts.changes.map(\.after))
    #expect(done.addresses.suppressed.map(\.address) == shown.addresses.suppressed.map(\.address))
    #expect(done.addresses.freed.map(\.address) == shown.addresses.freed.map(\.address))
    #expect(try Mill.expect(0, shop.here("run")).output.contains("fresh"))

    try Mill.expect(0, shop.here("rules", "rollback", "--apply", "--release-brake"))
    #expect(try shop.spool() == spool)
    #expect(try suppressed(shop) == off)
    // What was delivered meanwhile has left the house, and the ledger knows it; nothing else may differ.
    let delivered = try shop.rows(but: Self.diaries).filter { !rows.contains($0) }
    #expect(delivered.allSatisfy { $0.hasPrefix("ledger:") && $0.contains("outdated") }, "\(delivered)")
    #expect(try rows.allSatisfy(Set(shop.rows(but: Self.diaries)).contains))
    let back = try Self.report(shop.here("diff", "last~2", "last", "--json"))
    #expect(back.verdicts.changed_verdicts == 0 && back.addresses.suppressed.isEmpty && back.addresses.freed.isEmpty)
    let reverse = try Self.report(shop.here("diff", "last~1", "last~2", "--json"))
    #expect(reverse.addresses.freed.map(\.address) == shown.addresses.suppressed.map(\.address))
  }

  @Test func aRuleChangeRedoesClassifyLoadAndActOnly() throws {
    let shop = try Workshop()
    try shop.write("mail/bounces.mbox", SampleMail.mbox(0..<120))
    try shop.write("rules/site.yaml", Data())
    let file = try shop.write("pipeline.json", Data(#"{"sources": ["mail"], "rules": "rules"}"#.utf8))
    try Mill.expect(0, ["run", "--quiet", "--config", file])
    let (spool, times, rows) = (try shop.spool(), try shop.spoolTimes(), try shop.rows(but: Self.diaries))

    try shop.write("rules/site.yaml", Data(Self.rules[0].utf8))
    let shown = try Self.report(["reclassify", "--json", "--quiet", "--config", file])
    #expect(shown.verdicts.changed_verdicts > 0 && !shown.addresses.freed.isEmpty)
    let result = try Mill.expect(0, ["run", "--quiet", "--config", file, "--release-brake"])
    #expect(result.lines.filter { $0.hasSuffix("fresh") }.map { $0.prefix(6) } == ["ingest", "parse "])
    for (name, time) in try shop.spoolTimes() where !name.hasPrefix("spool/classify") {
      #expect(times[name] == time, "\(name) was written again")
    }
    #expect(try shop.value("SELECT count(*) FROM changes") == shown.verdicts.changed_verdicts)

    try shop.write("rules/site.yaml", Data())
    try Mill.expect(0, ["run", "--quiet", "--config", file, "--release-brake"])
    #expect(try shop.spool() == spool)
    #expect(try shop.rows(but: Self.diaries) == rows)
  }

  @Test func rulesThatTheConfigurationNamesAreNotReplacedBehindItsBack() throws {
    let shop = try Workshop()
    try Mill.expect(78, shop.here("reclassify"))
    #expect(!FileManager.default.fileExists(atPath: shop.workspace.path), "no workspace is made by the question")
    try FileManager.default.createDirectory(at: shop.workspace, withIntermediateDirectories: true)
    try shop.write("rules/site.yaml", Data())
    let other = try shop.write("other.yaml", Data(Self.rules[0].utf8))
    let file = try shop.write("pipeline.json", Data(#"{"sources": [], "rules": "rules"}"#.utf8))
    try Mill.expect(0, ["reclassify", "--config", file, "--rules", other])
    let refused = try Mill.expect(78, ["reclassify", "--apply", "--config", file, "--rules", other])
    #expect(refused.errors.contains(shop.folder.appending(path: "rules").path))
    try Mill.expect(78, ["reclassify", "--config", file, "--rules", other + "x"])
    let broken = try shop.write("broken.yaml", Data("- id: x\n  category: nothing\n".utf8))
    #expect(try Mill.expect(78, ["reclassify", "--config", file, "--rules", broken]).errors.contains("broken.yaml"))
  }

  @Test func theBrakeIsForeseenAndEndsWithThree() throws {
    let shop = try Workshop()
    let mail = try shop.write("replies.mbox", Data(contentsOf: Mill.samples.appending(path: "bounces.mbox")))
    let brake = #""brake": {"count": 0, "share": 0}"#
    let file = try shop.write("pipeline.json", Data("{\"sources\": [\"\(mail)\"], \(brake)}".utf8))
    try Mill.expect(0, ["run", "--quiet", "--config", file])
    let rules = try shop.write("site.yaml", Data(Self.rules[0].utf8))
    let states = try suppressed(shop)
    let shown = try Mill.expect(0, ["reclassify", "--config", file, "--rules", rules])
    #expect(shown.output.contains("the brake stops this run"))
    try Mill.expect(3, ["reclassify", "--apply", "--config", file, "--rules", rules])
    #expect(try suppressed(shop) == states, "nothing was changed")
    try Mill.expect(0, ["act", "--quiet", "--release-brake", "--config", file])
    #expect(try suppressed(shop) != states)
  }

  @Test func runsThatAreUnknownAreNamed() throws {
    let shop = try Workshop()
    try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    #expect(try Mill.expect(0, shop.here("diff", "--list")).lines.count == 1)
    #expect(try Mill.expect(78, shop.here("diff", "1999", "last")).errors.contains("--list"))
    try Mill.expect(78, shop.here("diff", "last~1", "last"))
    try Mill.expect(0, shop.here("diff", "last", "last"))
  }

  /// The order in which messages come, and who judges them, are nothing to the verdict.
  @Test func anyOrderAndAnyNumberOfWorkersGiveTheSameVerdicts() throws {
    let shop = try Workshop()
    var random = RestartTests.Seeded(state: 50_000)
    var files: [String] = []
    for part in 0..<40 { files.append(try shop.write("\(part).mbox", SampleMail.mbox(part * 7..<part * 7 + 7))) }
    files += try FileManager.default.contentsOfDirectory(atPath: Mill.samples.appending(path: "eml").path)
      .map { Mill.samples.appending(path: "eml/\($0)").path }
    let forward = try Mill.expect(0, ["inspect", "--json", "--workers", "1", "--"] + files).lines.sorted()
    #expect(forward.count > 280)
    for workers in ["1", "2", "5"] {
      let shuffled = files.shuffled(using: &random)
      let lines = try Mill.expect(0, ["inspect", "--json", "--workers", workers, "--"] + shuffled).lines
      #expect(lines.sorted() == forward, "\(workers) workers")
    }
  }
}
