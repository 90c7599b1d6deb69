import ByteSlices
import DatabaseSupport
import Foundation
import GRDB
import Records
import Testing

@testable import Act

@Suite struct DeliveryTests {
  private let mails = [
    mail("reply", "writer@example.com", .userReply, "reply", rule: "words"),
    mail("bounce", "a@example.com", .hardBounce, "user_unknown"),
    mail("moved", "b@example.com", .redirect, "moved", new: "c@example.com"),
    mail("join", "d@example.com", .subscribeRequest, "subscribe"),
    mail("block", "e@example.com", .mailBlock, "blocked"),
    mail("big", "f@example.com", .messageRestriction, "message_too_big"),
    mail("away", "g@example.com", .autoReply, "vacation"),
  ]

  private func name(_ message: String) -> String { message.withByteSlice { MessageID(of: $0).hex } + ".returnmill" }
  private func names(_ messages: String...) -> [String] { messages.map(name).sorted() }

  @Test func deliversWhatAPersonShouldRead() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    let report = try desk.stage().run()
    #expect(report.deliveries.map(\.disposition) == ["customer_service"])
    #expect(report.deliveries[0].delivered == 3)
    #expect(
      report.deliveries[0].samples.map(\.cause) == [
        "user_reply/reply", "redirect/moved", "subscribe_request/subscribe",
      ])
    #expect(desk.files().keys.sorted() == names("reply", "moved", "join"))
    let id = "reply".withByteSlice { MessageID(of: $0).hex }
    #expect(
      desk.files()[name("reply")] == """
        X-ReturnMill-Id: \(id)
        X-ReturnMill-Category: user_reply
        X-ReturnMill-Reason: reply
        X-ReturnMill-Rule: words
        X-ReturnMill-Recipient: writer@example.com
        Subject: reply

        The body of reply.

        """)
    #expect(desk.files("customer_service", "tmp").isEmpty)
    #expect(FileManager.default.fileExists(atPath: desk.bench.folder + "/mail/customer_service/cur"))
    #expect(desk.read.first == "reply@0:/archive/bounces.mbox")

    #expect(try desk.stage().run().deliveries[0].delivered == 0)
    #expect(desk.read.count == 3)
    #expect(try desk.bench.count("v_deliveries") == 3)
  }

  @Test func aFolderForEachTeam() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    _ = try desk.stage().run()
    // A team that gets a folder later is shown what is there, and nobody gets anything twice.
    let all = try desk.options(
      routes: ["auto_reply.vacation": "delivery_team"],
      folders: ["customer_service", "delivery_team", "composing_team"])
    let report = try desk.stage(all).run()
    #expect(report.deliveries.map(\.disposition) == ["composing_team", "customer_service", "delivery_team"])
    #expect(report.deliveries.map(\.delivered) == [1, 0, 2])
    #expect(desk.files("delivery_team").keys.sorted() == names("block", "away"))
    #expect(desk.files("composing_team").keys.sorted() == names("big"))
    #expect(desk.files().count == 3)
  }

  @Test func aMessageGoesToEachDispositionOnce() throws {
    let desk = try Desk()
    var mixed = mail("mixed", "a@example.com", .userReply, "reply")
    mixed.verdicts += [
      .init(recipient: "b@example.com", category: .redirect, reason: "moved"),
      .init(recipient: "c@example.com", category: .mailBlock, reason: "blocked"),
      .init(recipient: "x\r\nBcc: y@example.com", category: .userReply, reason: "reply"),
    ]
    try desk.load(0, [mixed, mixed])
    try desk.load(1, [mixed])
    let report = try desk.stage(desk.options(folders: ["customer_service", "delivery_team"])).run()
    #expect(report.deliveries.map(\.delivered) == [1, 1])
    let text = desk.files().values.first ?? ""
    #expect(text.contains("X-ReturnMill-Recipient: a@example.com,\n b@example.com,\n xBcc: y@example.com\nSubject:"))
    #expect(desk.files("delivery_team").values.first?.contains("X-ReturnMill-Recipient: c@example.com\n") == true)
  }

  @Test func lineEndsAreThoseOfTheMessage() {
    let entry = LedgerEntry(
      key: .init(place: 0, disposition: "d"), message: MessageID(words: .zero), location: .init(), cause: "a/b",
      rule: "r", recipients: ["x@example.com", "y@example.com"])
    #expect(
      DeliveryHeader.of(entry, lineEnd: "A: b\r\n\r\n").hasSuffix("Recipient: x@example.com,\r\n y@example.com\r\n"))
    #expect(DeliveryHeader.of(entry, lineEnd: "A: b\n\n").hasSuffix("Recipient: x@example.com,\n y@example.com\n"))
  }

  @Test func aPlanSaysTheSameAndDoesNothing() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    let before = try desk.bench.dump()
    let plan = try desk.stage().plan()
    #expect(try desk.bench.dump() == before)
    #expect(desk.read.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: desk.bench.folder + "/mail"))
    var report = try desk.stage().run()
    #expect(!plan.applied)
    report.applied = false
    #expect(plan == report)
    #expect(try desk.stage().plan().deliveries[0].delivered == 0)
  }

  @Test func whatCannotBeReadIsTriedAgain() throws {
    let desk = try Desk()
    desk.unreadable = ["moved"]
    try desk.load(0, mails)
    let first = try desk.stage().run().deliveries[0]
    #expect(first.delivered == 2)
    #expect(first.failed == 1)
    #expect(first.failures[0].note == "the message moved is no longer where it was")
    #expect(desk.files().keys.sorted() == names("reply", "join"))
    #expect(
      try desk.bench.rows("SELECT note FROM ledger WHERE state = 'failed'").map { $0[0] } == [
        "the message moved is no longer where it was"
      ])

    #expect(try desk.stage().run().deliveries[0].failed == 1)
    #expect(try desk.stage().plan().deliveries[0].delivered == 1)
    desk.unreadable = []
    #expect(try desk.stage().run().deliveries[0].delivered == 1)
    #expect(desk.files().count == 3)

    let undisturbed = try Desk()
    try undisturbed.load(0, mails)
    _ = try undisturbed.stage().run()
    #expect(try desk.bench.dump() == undisturbed.bench.dump())
  }

  @Test func aFailureIsForgottenWithItsMessage() throws {
    let desk = try Desk()
    desk.unreadable = ["reply", "moved"]
    try desk.load(0, mails)
    _ = try desk.stage().run()
    #expect(try desk.bench.count("ledger") == 3)
    // One is gone from the spool, the other is no longer for a person.
    try desk.load(0, [mail("moved", "b@example.com", .hardBounce, "user_unknown"), mails[3]])
    let report = try desk.stage().run()
    #expect(report.deliveries[0].failed == 0)
    #expect(try desk.bench.rows("SELECT state FROM ledger").map { $0[0] } == ["delivered"])
  }

  @Test func whatHasLeftTheBuildingIsNotedNotRepeated() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    _ = try desk.stage().run()
    try desk.load(0, [mail("reply", "writer@example.com", .autoReply, "vacation")] + mails.dropFirst())
    #expect(try desk.stage().plan().deliveries[0].outdated == 1)
    #expect(try desk.stage().run().deliveries[0].outdated == 1)
    #expect(desk.files().count == 3)
    #expect(
      try desk.bench.rows("SELECT state FROM ledger ORDER BY state").map { $0[0] } == [
        "delivered", "delivered", "outdated",
      ])

    try desk.load(0, mails)
    let back = try desk.stage().run().deliveries[0]
    #expect((back.delivered, back.outdated) == (0, 0))
    #expect(desk.files().count == 3)
    #expect(try desk.bench.rows("SELECT DISTINCT state FROM ledger").map { $0[0] } == ["delivered"])
  }

  @Test func aFileThatIsThereIsNotDoubled() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    let folder = desk.bench.folder + "/mail/customer_service"
    let maildir = Maildir(path: folder)
    for message in ["reply", "moved"] {
      try maildir.stage(message.withByteSlice { MessageID(of: $0) }, "delivered before the process died")
    }
    try maildir.commit()
    try FileManager.default.moveItem(
      atPath: "\(folder)/new/\(name("moved"))", toPath: "\(folder)/cur/\(name("moved")):2,S")
    // What a process left in tmp is written over.
    try Data("torn".utf8).write(to: URL(fileURLWithPath: "\(folder)/tmp/\(name("join"))"))

    #expect(try desk.stage().run().deliveries[0].delivered == 3)
    #expect(desk.files()[name("reply")] == "delivered before the process died")
    #expect(desk.files().keys.sorted() == names("reply", "join"))
    #expect(desk.files("customer_service", "cur").keys.sorted() == [name("moved") + ":2,S"])
    #expect(desk.files("customer_service", "tmp").isEmpty)
    #expect(desk.read.map { $0.prefix { $0 != "@" } } == ["join"])
  }

  @Test func aMaildirThatCannotBeWrittenIsNamed() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    try Data().write(to: URL(fileURLWithPath: desk.bench.folder + "/mail"))
    let error = #expect(throws: ActError.self) { try desk.stage().run() }
    #expect(error.map { "\($0)" }?.contains("/mail/customer_service: can't make the folder") == true)
    try FileManager.default.removeItem(atPath: desk.bench.folder + "/mail")
    #expect(try desk.stage().run().deliveries[0].delivered == 3)
  }

  /// What a killed process leaves is what lies on disk at that instant: all files are copied before a message is read.
  @Test(arguments: [0, 129, 299]) func aProcessThatDiesCanStartAgain(at place: Int) throws {
    let desk = try Desk()
    for shard in 0..<3 {
      try desk.load(shard, (0..<100).map { mail("\(shard)-\($0)", "a\($0)@example.com", .userReply, "reply") })
    }
    let copy = desk.bench.folder + "/copy"
    var reads = 0
    desk.beforeRead = {
      if reads == place {
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for file in ["db", "db-wal", "mail"] {
          let path = desk.bench.folder + "/" + file
          if FileManager.default.fileExists(atPath: path) {
            try FileManager.default.copyItem(atPath: path, toPath: copy + "/" + file)
          }
        }
      }
      reads += 1
    }
    _ = try desk.stage().run()
    desk.beforeRead = {}

    let stage = try desk.stage(desk.options(in: copy), database: copy + "/db")
    _ = try stage.run()
    let rows = try Workbench.dump(DatabaseQueue(path: copy + "/db"))
    #expect(try rows == desk.bench.dump())
    #expect(desk.files(in: copy) == desk.files())
    #expect(desk.files(in: copy).count == 300)
    #expect(desk.files("customer_service", "tmp", in: copy).isEmpty)
  }
}
