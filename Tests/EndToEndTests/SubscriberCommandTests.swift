import Foundation
import GRDB
import Testing

/// The subscriber side, as its users run it.
@Suite struct SubscriberCommandTests {
  /// A workspace with 200 subscribers on the list `news`, and an archive in which the first `bouncing` of them bounce
  /// and a customer asks something.
  private func shop(bouncing: Int) throws -> (shop: Workshop, config: String) {
    let shop = try Workshop()
    var archive = ""
    for number in 0..<bouncing { archive += Self.bounce("reader\(number)@example.org", number) }
    archive += """
      From ada@example.net Tue Jan  6 10:00:00 2026
      From: Ada Quill <ada@example.net>
      To: news@example.org
      Subject: Re: our winter news
      Date: Tue, 6 Jan 2026 10:00:00 +0000
      Message-ID: <question@example.net>

      Hello, I would like to order two of the lamps from your newsletter. How do I pay?


      """
    let mail = try shop.write("returns.mbox", Data(archive.utf8))
    let config = try shop.write("pipeline.json", Data(#"{"sources": ["\#(mail)"]}"#.utf8))
    let people = "email,name\n" + (0..<200).map { "reader\($0)@example.org,Reader \($0)\n" }.joined()
    let file = try shop.write("people.csv", Data(people.utf8))
    let result = try Mill.expect(0, ["subscribers", "import", file, "--list", "news", "--config", config])
    #expect(result.output.contains("200 rows: 200 added"))
    return (shop, config)
  }

  private static func bounce(_ address: String, _ number: Int) -> String {
    """
    From MAILER-DAEMON Mon Jan  5 10:00:00 2026
    From: MAILER-DAEMON@mx.example.net
    To: bounces@example.org
    Subject: Undelivered Mail Returned to Sender
    Date: Mon, 5 Jan 2026 10:00:00 +0000
    Message-ID: <bounce-\(number)@mx.example.net>
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary="b"

    --b
    Content-Type: text/plain

    <\(address)>: 550 5.1.1 User unknown

    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.example.net

    Final-Recipient: rfc822; \(address)
    Action: failed
    Status: 5.1.1
    Diagnostic-Code: smtp; 550 5.1.1 User unknown

    --b--


    """
  }

  @Test func theBrakeStopsARunThatWouldTakeAThirdOff() throws {
    let (shop, config) = try shop(bouncing: 60)
    let inbox = shop.workspace.appending(path: "customer-service/new")
    func delivered() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: inbox.path).count) ?? 0 }
    func suppressed() throws -> Int? {
      try shop.value("SELECT count(*) FROM subscribers WHERE state = 'suppressed'")
    }
    // It holds on every try, and for act alone as well.
    for command in ["run", "act", "act"] {
      let result = try Mill.expect(3, [command, "--config", config])
      #expect(result.errors.contains("60 of 200 subscribers (30 %), more than 40"))
      #expect(result.errors.contains("60  example.org") && result.errors.contains("By rule:"))
      #expect(result.errors.contains("--release-brake"))
      #expect(try suppressed() == 0)
      #expect(delivered() == 0, "nothing has left the building")
      #expect(try shop.value("SELECT count(*) FROM ledger") == 0)
    }
    let sendable = try Mill.expect(0, ["subscribers", "export", "--status", "sendable", "--config", config])
    #expect(sendable.lines.count == 201)

    try Mill.expect(0, ["act", "--release-brake", "--config", config])
    #expect(try suppressed() == 60)
    #expect(delivered() == 1)
    let rest = try Mill.expect(0, ["subscribers", "export", "--status", "sendable", "--config", config])
    #expect(rest.lines.count == 141)
    try Mill.expect(0, ["act", "--config", config])
  }

  @Test func aPersonDecidesAndTheHistoryTells() throws {
    let (shop, config) = try shop(bouncing: 5)
    let here = ["--config", config]
    try Mill.expect(0, ["run", "--quiet"] + here)
    try Mill.expect(0, ["subscribers", "restore", "reader3@example.org", "--note", "wrote to us"] + here)
    try Mill.expect(0, ["subscribers", "unsubscribe", "reader9@example.org", "--list", "news"] + here)
    try Mill.expect(0, ["run", "--quiet", "--force"] + here)
    let shown = try Mill.expect(0, ["subscribers", "show", "Reader3@example.org"] + here)
    for text in ["restored", "wrote to us", "hard_bounce/user_unknown", "550 5.1.1 User unknown", "news", "Reader 3"] {
      #expect(shown.output.contains(text))
    }
    let listed = try Mill.expect(0, ["subscribers", "list", "--status", "suppressed", "--json"] + here)
    #expect(listed.lines.count == 4)
    let lists = try Mill.expect(0, ["subscribers", "list", "--lists"] + here)
    #expect(lists.output == "news  200 subscribers, 195 sendable\n")
    let access = try Mill.expect(0, ["suppressions", "export", "--format", "postfix"] + here)
    #expect(access.output.contains("reader4@example.org\t550 5.7.1 suppressed: hard_bounce/user_unknown\n"))
    #expect(!access.output.contains("reader3@example.org"))

    try Mill.expect(65, ["subscribers", "show", "nobody@example.org"] + here)
    try Mill.expect(65, ["subscribers", "restore", "nobody"] + here)
    try Mill.expect(64, ["subscribers", "list", "--status", "gone"] + here)
    try Mill.expect(0, ["subscribers", "release", "reader3@example.org"] + here)
    #expect(try shop.value("SELECT count(*) FROM subscribers WHERE state = 'suppressed'") == 5)
  }

  @Test func badRowsEndWithThreeAndAreKept() throws {
    let (shop, config) = try shop(bouncing: 1)
    let file = try shop.write("more.csv", Data("email,name\nnew@example.org,New\nbroken,B\n".utf8))
    let result = try Mill.expect(3, ["subscribers", "import", file, "--config", config])
    #expect(result.errors.contains("more.csv:3: expected an address"))
    #expect(result.output.contains("2 rows: 1 added, 0 changed, 0 unchanged, 1 rejected"))
    let rejects = shop.workspace.appending(path: "quarantine/subscribers/more.csv")
    #expect(try String(contentsOf: rejects, encoding: .utf8) == "email,name\nbroken,B\n")
    #expect(
      try Mill.expect(65, ["subscribers", "import", file + "x", "--config", config]).errors.contains("more.csvx"))
    let headless = try shop.write("headless.csv", Data("a,b\n1,2\n".utf8))
    let refused = try Mill.expect(65, ["subscribers", "import", headless, "--config", config])
    #expect(refused.errors.contains("\"subscribers\": {\"address\": \"NAME\"}"))
  }

  @Test func whoIsErasedStaysSo() throws {
    let (shop, config) = try shop(bouncing: 3)
    let here = ["--config", config]
    try Mill.expect(0, ["run", "--quiet"] + here)
    #expect(try Mill.expect(1, ["subscribers", "purge", "reader1@example.org"] + here).errors.contains("--yes"))
    let purged = try Mill.expect(0, ["subscribers", "purge", "reader1@example.org", "--yes"] + here)
    #expect(purged.output.contains("1 message in") && purged.output.contains("returns.mbox"))
    try Mill.expect(0, ["run", "--quiet", "--force"] + here)
    let rows = try shop.rows().filter { $0.contains("reader1@") }
    #expect(rows.isEmpty, "\(rows)")
    #expect(try shop.value("SELECT count(*) FROM events") == 4)
    #expect(
      try Mill.expect(0, ["subscribers", "show", "reader1@example.org"] + here).output.contains("erased on request"))
  }
}
