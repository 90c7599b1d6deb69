import Foundation
import GRDB
import Testing

/// Campaigns, from the roster to what comes back.
@Suite struct ComposeTests {
  // MARK: composing

  @Test func everyoneGetsOneMessageAndItIsSound() throws {
    let post = try PostOffice(people: 40)
    let result = try Mill.expect(0, post.here("compose", post.campaign))
    #expect(result.output.contains("40 messages sent to maildir"))
    let messages = try post.sent()
    #expect(messages.count == 40)
    #expect(Set(messages.map(\.recipient)).count == 40)
    // Again: nobody is left.
    #expect(try Mill.expect(0, post.here("compose", post.campaign)).output.contains("0 messages sent"))
    #expect(try post.sent().count == 40)
    try post.checkWithPython()
  }

  @Test func twoMachinesMakeTheSameBytes() throws {
    let (one, other) = (try PostOffice(people: 20), try PostOffice(people: 20))
    for post in [one, other] { try Mill.expect(0, post.here("compose", post.campaign)) }
    #expect(try one.files() == other.files())
  }

  enum Files: String, CaseIterable {
    case newMaildir, maildir, mbox
  }

  @Test(arguments: Files.allCases)
  func killedAnywhereNobodyIsMissingOrDoubled(_ kind: Files) throws {
    let post = try PostOffice(people: 9000)
    let place = post.shop.folder.appending(path: "sent").path
    if kind == .maildir { try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true) }
    let command = post.here("compose", post.campaign, kind == .mbox ? "--mbox" : "--maildir", place)
    var kills = 0
    for tenths in 0..<12 {
      if try Mill.kill(after: 0.15 + Double(tenths) * 0.11, command) { kills += 1 }
    }
    #expect(kills > 0, "no run was still at work when it was to be killed")
    try Mill.expect(0, command)
    let recipients: [String]
    if kind != .mbox {
      recipients = try post.sent(in: place).map(\.recipient)
      #expect(try FileManager.default.contentsOfDirectory(atPath: place + "/tmp").isEmpty)
    } else {
      let text = try String(contentsOfFile: place, encoding: .utf8)
      recipients = text.split(separator: "\n").filter { $0.hasPrefix("To: ") }.map { Message.address(in: $0) }
      #expect(text.hasPrefix("From bounces+r"))
    }
    #expect(recipients.count == 9000)
    #expect(Set(recipients).count == 9000)
  }

  @Test func aNewMaildirAppearsAsAWhole() throws {
    let post = try PostOffice(people: 9000)
    let place = post.shop.folder.appending(path: "sent").path
    let command = post.here("compose", post.campaign, "--maildir", place + "/")
    func folders() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: post.shop.folder.path).filter { $0.hasPrefix("sent.") }
    }
    var delay = 0.1
    // Until a run was killed that had begun, and was not done.
    while try folders().isEmpty {
      try #require(try Mill.kill(after: delay, command), "no run was still at work when it was to be killed")
      delay += 0.05
    }
    #expect(!FileManager.default.fileExists(atPath: place))
    // Who is suppressed meanwhile gets none, even where the batch that died had written it.
    let stranger = try #require(try folders().first) + "/new/0123456789abcdef.1.campaign"
    try Data().write(to: post.shop.folder.appending(path: stranger))
    try Mill.expect(0, command)
    #expect(try folders().isEmpty)
    #expect(try post.sent(in: place).count == 9000)
  }

  @Test func sendmailGetsTheEnvelope() throws {
    let post = try PostOffice(people: 12)
    let program = try post.shop.write(
      "sendmail",
      Data(
        """
        #!/bin/sh
        case "$*" in *person3@*) ;; *) cat > "$0.$$";; esac
        case "$*" in *person3@*) echo "no such user" >&2; exit 67;; *person4@*) exit 75;; esac
        echo "$@" >> "$0.log"

        """.utf8))
    chmod(program, 0o755)
    let command = post.here("compose", post.campaign, "--sendmail", program)
    let result = try Mill.expect(3, command + ["--connections", "3"])
    #expect(result.output.contains("10 messages sent") && result.output.contains("no such user"))
    let log = try String(contentsOfFile: program + ".log", encoding: .utf8)
    #expect(log.split(separator: "\n").count == 10)
    #expect(log.contains("-i -f bounces+r") && log.contains("-- person5@d5.example.net"))
    // Who was put off is tried again; who was refused is not.
    let again = try Mill.expect(3, command)
    #expect(again.output.contains("0 messages sent") && again.output.contains("1 put off"))
  }

  @Test func whoIsSuppressedGetsNothing() throws {
    let post = try PostOffice(people: 10)
    try post.shop.write(
      "returned/1.eml", Data(Returned.bounce(of: "person2@d2.example.net", to: "bounces@example.org")))
    try post.configure(extra: ["act_on_unverified": "all"])
    try Mill.expect(0, post.here("run"))
    try Mill.expect(0, post.here("compose", post.campaign))
    #expect(try post.sent().count == 9)
    #expect(try !post.sent().contains { $0.recipient == "person2@d2.example.net" })
  }

  @Test func mistakesAreNamed() throws {
    let post = try PostOffice(people: 3)
    try post.shop.write("letters/letter.txt", Data("Dear {{first_name}}\n\nin {{ town }}\n".utf8))
    let unknown = try Mill.expect(78, post.here("compose", post.campaign))
    #expect(unknown.errors.contains("letter.txt, line 3: unknown field \"town\""))
    try post.shop.write("letters/letter.txt", Data("Dear {{nickname}}\n".utf8))
    let missing = try Mill.expect(3, post.here("compose", post.campaign))
    #expect(missing.output.contains("1 messages sent") && missing.output.contains("no value for \"nickname\""))
    try post.shop.write("letters/letter.txt", Data("Another letter for {{first_name}}\n".utf8))
    let changed = try Mill.expect(65, post.here("compose", post.campaign))
    #expect(changed.errors.contains("has begun with other texts"))
    #expect(
      try Mill.expect(0, post.here("compose", post.campaign, "--accept-changes")).output.contains("2 messages sent"))
    let dry = try Mill.expect(0, post.here("compose", post.campaign, "--dry-run", "--accept-changes"))
    #expect(dry.output.contains("0 messages to be sent"))
  }

  @Test func aTrialIsPrintedAndNotNoted() throws {
    let post = try PostOffice(people: 3)
    let trial = try Mill.expect(
      0, post.here("compose", post.campaign, "--to", "me@example.org", "--as", "person1@d1.example.net"))
    #expect(trial.output.contains("To: Anna 1 <me@example.org>"))
    #expect(trial.output.contains("Hello Anna 1"))
    #expect(try Mill.expect(0, post.here("compose", post.campaign, "--limit", "2")).output.contains("2 messages sent"))
    #expect(try Mill.expect(0, post.here("compose", post.campaign)).output.contains("1 messages sent"))
  }

  // MARK: what comes back

  @Test func bouncesThatATokenVouchesForCount() throws {
    let post = try PostOffice(people: 6)
    try Mill.expect(0, post.here("compose", post.campaign))
    let sent = try post.sent()
    let person = try #require(sent.first { $0.recipient == "person1@d1.example.net" })
    let forwarded = try #require(sent.first { $0.recipient == "person2@d2.example.net" })
    let lost = try #require(sent.first { $0.recipient == "person3@d3.example.net" })
    let quitter = try #require(sent.first { $0.recipient == "person4@d4.example.net" })
    try post.shop.write("returned/1.eml", Data(Returned.bounce(of: person.recipient, to: person.sender)))
    // Forwarded: the report names somebody else.
    try post.shop.write("returned/2.eml", Data(Returned.bounce(of: "elsewhere@example.com", to: forwarded.sender)))
    // The return path was lost on the way, and the case of letters; the original has it in its header.
    try post.shop.write(
      "returned/3.eml",
      Data(Returned.bounce(of: lost.recipient, to: "postmaster@example.org", original: lost.headers)))
    try post.shop.write(
      "returned/4.eml", Data(Returned.request(from: "q@example.com", to: quitter.unsubscribe.uppercased())))
    try Mill.expect(0, post.here("run"))
    #expect(
      try post.standings() == [
        "person1@d1.example.net verified suppressed", "person2@d2.example.net verified suppressed",
        "person3@d3.example.net verified suppressed", "person4@d4.example.net verified suppressed",
      ])
    let rows = try post.rows("SELECT campaign, alias FROM v_events WHERE recipient = 'person2@d2.example.net'")
    #expect(rows == ["spring elsewhere@example.com"])
  }

  @Test func forgedMailChangesNothingAndIsShown() throws {
    let post = try PostOffice(people: 8)
    try Mill.expect(0, post.here("compose", post.campaign))
    let sent = try post.sent()
    func message(_ number: Int) throws -> Message {
      try #require(sent.first { $0.recipient == "person\(number)@d\(number).example.net" })
    }
    // No token, a mutated one, one of another subscriber, one that is too old, one that was made to unsubscribe with.
    let missing = try message(0)
    try post.shop.write("returned/0.eml", Data(Returned.bounce(of: missing.recipient, to: "bounces@example.org")))
    let forged = try message(1)
    try post.shop.write("returned/1.eml", Data(Returned.bounce(of: forged.recipient, to: forged.mutatedSender)))
    let victims = [try message(2).recipient, try message(3).recipient]
    try post.shop.write("returned/2.eml", Data(Returned.bounce(of: victims, to: try message(4).sender)))
    let old = try message(5)
    try post.shop.write(
      "returned/5.eml",
      Data(Returned.bounce(of: old.recipient, to: old.sender, date: "Thu, 01 Oct 2026 10:00:00 +0000")))
    let other = try message(6)
    try post.shop.write("returned/6.eml", Data(Returned.bounce(of: other.recipient, to: other.unsubscribe)))
    // A stranger takes off a subscriber, by a token that he made up; in the subscriber's name, too.
    let quitter = try message(7)
    try post.shop.write(
      "returned/7.eml", Data(Returned.request(from: quitter.recipient, to: quitter.mutatedUnsubscribe)))
    try Mill.expect(0, post.here("run"))
    #expect(
      try post.standings() == [
        "person0@d0.example.net unverified:missing active", "person1@d1.example.net unverified:forged active",
        "person2@d2.example.net unverified:other active", "person3@d3.example.net unverified:other active",
        "person5@d5.example.net unverified:expired active", "person6@d6.example.net unverified:missing active",
        "person7@d7.example.net unverified:forged active",
      ])
    let status = try Mill.expect(0, ["status", "--workspace", post.shop.workspace.path])
    #expect(status.output.contains("7  events not verified"))
    let explained = try Mill.expect(
      0, ["explain", post.shop.folder.appending(path: "returned/1.eml").path, "--workspace", post.shop.workspace.path])
    #expect(explained.output.contains("forged"))

    // The policy may have it otherwise.
    try post.configure(extra: ["act_on_unverified": ["hard_bounce"]])
    try Mill.expect(0, post.here("run", "--release-brake"))
    #expect(try post.rows("SELECT count(*) FROM subscribers WHERE state = 'suppressed'") == ["6"])
    // Without keys, all is as it was before there were any.
    try post.configure(returnPath: false)
    try Mill.expect(0, post.here("run", "--release-brake"))
    #expect(try post.rows("SELECT count(*) FROM events WHERE verification IS NOT NULL") == ["0"])
    #expect(try post.rows("SELECT count(*) FROM subscribers WHERE state = 'suppressed'") == ["7"])
  }
}
