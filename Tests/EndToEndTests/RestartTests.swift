import Foundation
import Testing

/// Killed, grown, or divided among workers: the results are those of one quiet run.
@Suite struct RestartTests {
  /// SplitMix64: the same moments in every run of the test.
  struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  /// Five mboxes, so that there are several shards.
  static func fill(_ shop: Workshop, each: Int = 60) throws -> String {
    for box in 0..<5 { try shop.write("mail/\(box).mbox", SampleMail.mbox(box * each..<(box + 1) * each)) }
    return shop.folder.appending(path: "mail").path
  }

  /// A mailbox on a disk that was not mounted: its messages are set aside, and taken up again once it is back.
  @Test func aSourceThatComesBackIsReadWithoutForce() throws {
    let shop = try Workshop()
    let box = try shop.write("mail/box.mbox", SampleMail.mbox(0..<6))
    try Mill.expect(0, ["ingest", box] + shop.here())
    try FileManager.default.moveItem(atPath: box, toPath: box + ".away")
    try Mill.expect(3, ["run"] + shop.here())
    #expect(try shop.manifests("parse").map(\.quarantined).reduce(0, +) == 6)
    try Mill.expect(0, ["run"] + shop.here())
    #expect(try shop.manifests("parse").map(\.quarantined).reduce(0, +) == 6, "still away: nothing to do")
    try FileManager.default.moveItem(atPath: box + ".away", toPath: box)
    try Mill.expect(0, ["run"] + shop.here())
    #expect(try shop.manifests("parse").map(\.quarantined).reduce(0, +) == 0)
    #expect(try shop.manifests("parse").map(\.output).reduce(0, +) == 6)
    #expect(try shop.value("SELECT count(*) FROM messages") == 6)
  }

  @Test func aKilledRunGoesOnToTheSameResult() throws {
    let shop = try Workshop()
    let mail = try Self.fill(shop)
    let started = Date()
    try Mill.expect(0, ["run", mail] + shop.here())
    let quiet = Date().timeIntervalSince(started)
    let (spool, rows) = (try shop.spool(), try shop.rows())
    #expect(!spool.isEmpty)

    var random = Seeded(state: 20_251_009)
    var hits = 0
    for moment in 0..<10 {
      try FileManager.default.removeItem(at: shop.workspace)
      let after = quiet * (Double(moment) + Double.random(in: 0..<1, using: &random)) / 10
      if try Mill.kill(after: after, ["run", mail] + shop.here()) { hits += 1 }
      try Mill.expect(0, ["run", mail] + shop.here())
      #expect(try shop.spool() == spool, "killed after \(after) s")
      #expect(try shop.rows() == rows, "killed after \(after) s")
    }
    #expect(hits >= 5, "most kills must have found the program at work")
  }

  @Test func aRunKilledTenTimesOverGoesOnToTheSameResult() throws {
    let shop = try Workshop()
    let mail = try Self.fill(shop)
    let started = Date()
    try Mill.expect(0, ["run", mail] + shop.here())
    let quiet = Date().timeIntervalSince(started)
    let (spool, rows) = (try shop.spool(), try shop.rows())
    try FileManager.default.removeItem(at: shop.workspace)
    var random = Seeded(state: 4711)
    for _ in 0..<10 {
      _ = try Mill.kill(after: quiet * Double.random(in: 0.1..<0.6, using: &random), ["run", mail] + shop.here())
    }
    try Mill.expect(0, ["run", mail] + shop.here())
    #expect(try shop.spool() == spool)
    #expect(try shop.rows() == rows)
  }

  /// A second worker leaves time to load what is judged already; one loads afterwards.
  @Test func loadingAlongsideGivesTheSameRows() throws {
    let shop = try Workshop()
    let boxes = try (0..<9).map { try shop.write("mail/\($0).mbox", SampleMail.mbox($0 * 7..<$0 * 7 + 9)) }
    func rows(workers: String) throws -> [String] {
      // Each run of ingest makes a shard of its own.
      for box in boxes { try Mill.expect(0, ["ingest", box] + shop.here()) }
      let run = try Mill.expect(0, ["run", "--workers", workers] + shop.here())
      #expect(run.output.contains("shards loaded while parse ran") == (workers != "1"), "\(run.output)")
      return try shop.rows()
    }
    let one = try rows(workers: "1")
    try FileManager.default.removeItem(at: shop.workspace)
    let isSame = try rows(workers: "2") == one
    #expect(isSame)
  }

  /// What the program has just done when it is killed: a name in the workspace appears.
  static let steps = [
    "spool/ingest/", "spool/ingest/.manifest.json", "spool/parse/.tmp", "spool/parse/.manifest.json",
    "spool/classify/.ndjson.gz", "spool/classify/.manifest.json", "returnmill.sqlite", "returnmill.sqlite-wal",
    "customer-service/tmp/", "customer-service/new/",
  ]

  @Test(arguments: steps) func aRunKilledAfterAStepGoesOnToTheSameResult(step: String) throws {
    let shop = try Workshop()
    let mail = try Self.fill(shop)
    try shop.write("mail/replies.mbox.gz", Data(contentsOf: Mill.samples.appending(path: "replies.mbox.gz")))
    try Mill.expect(0, ["run", mail] + shop.here())
    let (spool, rows) = (try shop.spool(), try shop.rows())
    try FileManager.default.removeItem(at: shop.workspace)

    let split = step.lastIndex(of: "/").map { step.index(after: $0) } ?? step.startIndex
    let folder = shop.workspace.appending(path: String(step[..<split])).path
    let wanted = String(step[split...])
    let killed = try Mill.kill(["run", mail] + shop.here()) {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.contains { $0.hasSuffix(wanted) }
    }
    #expect(killed, "the program came to its end before it was killed")
    try Mill.expect(0, ["run", mail] + shop.here())
    #expect(try shop.spool() == spool)
    #expect(try shop.rows() == rows)
    let service = shop.workspace.appending(path: "customer-service/new").path
    let delivered = try FileManager.default.contentsOfDirectory(atPath: service).count
    #expect(try shop.value("SELECT count(*) FROM ledger WHERE disposition = 'customer_service'") == delivered)
  }

  @Test func oneWorkerAndTwoWriteTheSameBytes() throws {
    let shop = try Workshop()
    let mail = try Self.fill(shop)
    try Mill.expect(0, ["run", mail, "--workers", "1"] + shop.here())
    let (spool, rows) = (try shop.spool(), try shop.rows())
    try FileManager.default.removeItem(at: shop.workspace)
    try Mill.expect(0, ["run", mail, "--workers", "2"] + shop.here())
    #expect(try shop.spool() == spool)
    #expect(try shop.rows() == rows)
  }

  @Test func stageByStageIsTheSameAsInOneGo() throws {
    let shop = try Workshop()
    let mail = try Self.fill(shop)
    try Mill.expect(0, ["run", mail] + shop.here())
    let (spool, rows) = (try shop.spool(), try shop.rows())
    try FileManager.default.removeItem(at: shop.workspace)
    try Mill.expect(0, ["ingest", mail] + shop.here())
    for stage in ["parse", "classify", "load", "act"] { try Mill.expect(0, shop.here(stage)) }
    #expect(try shop.spool() == spool)
    #expect(try shop.rows() == rows)
  }

  @Test func anMboxThatGrewByTenCostsTen() throws {
    let shop = try Workshop()
    let mbox = try shop.write("bounces.mbox", SampleMail.mbox(0..<300))
    try Mill.expect(0, ["run", mbox] + shop.here())
    let (spool, times) = (try shop.spool(), try shop.spoolTimes())
    let shards = try shop.manifests("classify").count
    let messages = try #require(try shop.value("SELECT count(*) FROM messages"))

    try shop.write("bounces.mbox", SampleMail.mbox(0..<310))
    try Mill.expect(0, ["run", mbox] + shop.here())
    for (name, data) in spool { #expect(try shop.spool()[name] == data, "\(name) has changed") }
    for (name, time) in times { #expect(try shop.spoolTimes()[name] == time, "\(name) was written again") }
    for stage in ["ingest", "parse", "classify"] {
      #expect(try shop.manifests(stage).dropFirst(shards).map(\.output) == [10], "\(stage)")
    }
    #expect(try shop.value("SELECT count(*) FROM messages") == messages + 10)
  }

  @Test func maildirFlagsAreNoChange() throws {
    let shop = try Workshop()
    let maildir = try shop.copy(Mill.samples.appending(path: "maildir"), as: "Maildir")
    try Mill.expect(0, ["run", maildir.path] + shop.here())
    let (times, rows) = (try shop.spoolTimes(), try shop.rows())
    let new = maildir.appending(path: "new")
    for name in try FileManager.default.contentsOfDirectory(atPath: new.path) where !name.hasPrefix(".") {
      try FileManager.default.moveItem(
        at: new.appending(path: name), to: maildir.appending(path: "cur/\(name):2,S"))
    }
    try Mill.expect(0, ["run", maildir.path] + shop.here())
    #expect(try shop.spoolTimes() == times)
    #expect(try shop.rows() == rows)
  }
}
