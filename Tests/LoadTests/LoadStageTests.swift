import ByteSlices
import DatabaseSupport
import Foundation
import GRDB
import Records
import Store
import Testing

@testable import Load

@Suite struct LoadStageTests {
  @Test func fillsTheTables() throws {
    let bench = try Workbench()
    var reply = Mail(name: "reply", path: "/mail/box/cur/1700.a:2,S", format: .maildir, from: "Reader@example.org")
    reply.verdicts = [.init(recipient: "", category: .userReply, reason: "reply", rule: "words")]
    var bounce = Mail(name: "bounce")
    bounce.verdicts.append(.init(recipient: "other@example.com", category: .softBounce, reason: "mailbox_full"))
    let summary = try bench.load(3, [bounce, reply])
    #expect(summary == LoadSummary(messages: 2, events: 3))

    let messages = try bench.rows("SELECT * FROM messages ORDER BY key")
    #expect(messages.map { $0["key"] } == [3 << 24, 3 << 24 | 1])
    #expect(messages[0]["category"] == "hard_bounce")
    #expect(messages[0]["file"] == nil as String?)
    #expect(messages[1]["file"] == "1700.a:2,S")
    #expect(messages[1]["from_address"] == "Reader@example.org")
    let id: Data = messages[0]["id"]
    #expect(id == Data("bounce".withByteSlice { MessageID(of: $0).bytes }))

    let sources = try bench.rows("SELECT format, path, messages FROM sources ORDER BY path")
    #expect(sources.map { $0["path"] } == ["/archive/bounces.mbox", "/mail/box/cur"])
    #expect(sources.map { $0["messages"] } == [1, 1])

    let events = try bench.rows(
      "SELECT e.*, s.address_key FROM events e JOIN subscribers s ON s.id = e.subscriber ORDER BY e.key")
    #expect(events.count == 3)
    #expect(
      Set(events.map { $0["address_key"] as String }) == [
        "someone@example.com", "other@example.com", "reader@example.org",
      ])
    #expect(events[0]["hard"] == 1)
    #expect(events[0]["found_in"] == "final-recipient")
    #expect(events[0]["alias"] == nil as String?)
    #expect(try bench.rows("SELECT * FROM v_messages").map { $0["path"] }.contains("/mail/box/cur/1700.a:2,S"))
    #expect(try bench.rows("SELECT * FROM v_events").count == 3)
    #expect(try bench.rows("SELECT * FROM v_counts").map { $0["events"] } == [1, 1, 1])
    #expect(try bench.rows("PRAGMA foreign_key_check").isEmpty)
  }

  @Test func loadingTwiceChangesNothing() throws {
    let bench = try Workbench()
    let mails = [Mail(name: "a"), Mail(name: "b"), Mail(name: "a")]
    let first = try bench.load(0, mails)
    #expect(first == LoadSummary(messages: 3, events: 3))
    #expect(try bench.stage.finish() == 1)
    let before = try bench.dump()
    #expect(try bench.stage.isLoaded(shard: 0, key: Workbench.key(mails)))
    #expect(try !bench.stage.isLoaded(shard: 0, key: "other"))
    #expect(try !bench.stage.isLoaded(shard: 1, key: Workbench.key(mails)))
    let second = try bench.stage.load(shard: 0, key: Workbench.key(mails)) { _ in
      Issue.record("a shard that is loaded is not read again")
    }
    #expect(second == LoadSummary(messages: 3, events: 3, duplicates: 1, alreadyLoaded: true))
    #expect(try bench.dump() == before)
    #expect(try bench.count("changes") == 0)
  }

  @Test func aShardJudgedAnewIsReplacedAndSaysWhatChanged() throws {
    let bench = try Workbench()
    let kept = Mail(name: "kept")
    var mail = Mail(name: "mail", verdicts: [.init(), .init(recipient: "gone@example.com")])
    try bench.load(0, [kept, mail], key: "one")
    let before = try bench.dump()
    mail.verdicts = [
      .init(category: .mailBlock, reason: "blocked", rule: "ip-block"), .init(recipient: "new@example.com"),
    ]
    let summary = try bench.load(0, [kept, mail], key: "two")
    #expect(summary.changed == 3)

    let changes = try bench.rows("SELECT * FROM changes ORDER BY number")
    #expect(changes.map { $0["recipient"] } == ["someone@example.com", "new@example.com", "gone@example.com"])
    #expect(changes[0]["before_category"] == "hard_bounce")
    #expect(changes[0]["after_reason"] == "blocked")
    #expect(changes[0]["after_rule"] == "ip-block")
    #expect(changes[1]["before_category"] == nil as String?)
    #expect(changes[2]["after_category"] == nil as String?)
    #expect(changes.allSatisfy { $0["from_key"] == "one" && $0["to_key"] == "two" })
    #expect(try bench.rows("SELECT * FROM subscribers WHERE address_key = 'gone@example.com'").isEmpty)

    mail.verdicts = [.init(), .init(recipient: "gone@example.com")]
    #expect(try bench.load(0, [kept, mail], key: "one").changed == 3)
    #expect(try bench.dump() == before)
  }

  @Test func theFirstOccurrenceHoldsTheEvents() throws {
    let bench = try Workbench()
    try bench.load(0, [Mail(name: "a")])
    try bench.stage.finish()
    #expect(try bench.load(1, [Mail(name: "b"), Mail(name: "a", path: "/other.mbox")]).duplicates == 1)
    #expect(try bench.count("events") == 2)
    #expect(try bench.rows("SELECT events FROM subscribers").map { $0[0] } == [2])

    // The first one goes from its shard: the second takes over, with what its own line says.
    try bench.load(0, [Mail(name: "c")])
    let holders = try bench.rows(
      "SELECT m.key, s.path FROM messages m JOIN sources s ON s.id = m.source WHERE m.key > 1")
    #expect(holders.map { $0["path"] } == ["/archive/bounces.mbox", "/other.mbox"])
    #expect(try bench.count("events") == 3)
    #expect(try bench.count("duplicates") == 0)
    #expect(try bench.count("duplicate_events") == 0)

    // It comes back, and takes its place again.
    try bench.load(0, [Mail(name: "a"), Mail(name: "c")])
    #expect(try bench.count("duplicates") == 1)
    #expect(try bench.rows("SELECT message FROM events").map { $0[0] } == [0, 1, 1 << 24])
  }

  @Test func anHeirIsShownToActAgain() throws {
    let bench = try Workbench()
    try bench.load(0, [Mail(name: "a")])
    try bench.load(1, [Mail(name: "a")])
    try bench.stage.database.write { try $0.execute(sql: "UPDATE shards SET delivered = key") }
    try bench.stage.removeShards(notIn: [1])
    #expect(try bench.rows("SELECT delivered FROM shards").map { $0[0] as String? } == [nil])
  }

  @Test func removesShardsThatAreNoMore() throws {
    let bench = try Workbench()
    let other = Mail(name: "x", path: "/x.mbox", verdicts: [.init(recipient: "x@example.com")])
    try bench.load(0, [Mail(name: "a")])
    let before = try bench.dump()
    try bench.load(1, [other, Mail(name: "a")])
    try bench.load(2, [other])
    #expect(try bench.stage.removeShards(notIn: [0, 7]) == 2)
    #expect(try bench.dump() == before)
    #expect(try bench.stage.removeShards(notIn: [0]) == 0)
    #expect(try bench.stage.loadedShards().keys.sorted() == [0])
  }

  @Test func aSuppressedSubscriberStaysUntilActHasFreedIt() throws {
    let bench = try Workbench()
    try bench.load(0, [Mail(name: "a")])
    try bench.stage.finish()
    try bench.stage.database.write {
      try $0.execute(sql: "UPDATE subscribers SET state = 'suppressed'")
    }
    try bench.stage.removeShards(notIn: [])
    let row = try bench.rows("SELECT * FROM subscribers")
    #expect(row.count == 1)
    #expect(row[0]["events"] == 0)
    #expect(try bench.rows("SELECT subscriber FROM stale").map { $0[0] as Int } == [row[0]["id"]])
    #expect(row[0]["first_seen"] == nil as Int?)
  }

  @Test func addsUpWhatAShardSaysOfAKnownSubscriber() throws {
    let bench = try Workbench()
    try bench.load(0, [Mail(name: "a", time: 50)])
    try bench.stage.finish()
    try bench.load(1, [Mail(name: "b", time: nil), Mail(name: "c", time: 40), Mail(name: "d", time: 60)])
    let row = try bench.rows("SELECT * FROM subscribers")[0]
    #expect(try bench.count("stale") == 0)
    #expect(row["events"] == 4)
    #expect(row["first_seen"] == 40)
    #expect(row["last_seen"] == 60)
  }

  @Test func keepsAPathThatIsNotUTF8() throws {
    let bench = try Workbench()
    var path = Array("/mail/".utf8)
    path.append(0xE9)
    try path.withByteSlice { path in
      let source = MessageSource(path: path, format: .mbox)
      try bench.stage.database.write { db in
        let tally = try SourceTally(db, StableID.of)
        _ = try tally.place(source)
        try tally.flush()
      }
    }
    let row = try bench.rows("SELECT path, typeof(path) AS type FROM sources")[0]
    #expect(row["type"] == "blob")
    #expect(row["path"] == Data(path))
  }
}
