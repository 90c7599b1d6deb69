import Foundation
import Testing

/// The commands that look closer, as a user runs them.
@Suite struct ReviewCommandTests {
  private static let mail = """
    Return-Path: <>
    From: MAILER-DAEMON@mx.example.net
    To: news@example.com
    Subject: Undelivered Mail Returned to Sender
    Date: Mon, 6 Oct 2025 10:00:00 +0000
    Message-ID: <ID@mx.example.net>
    Content-Type: multipart/report; report-type=delivery-status; boundary=b0undary

    --b0undary
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.example.net

    Final-Recipient: rfc822; NAME@example.org
    Action: failed
    Diagnostic-Code: smtp; WORDS

    --b0undary--

    """

  private func mail(_ name: String, _ words: String) -> Data {
    Data(
      Self.mail.replacingOccurrences(of: "NAME", with: name).replacingOccurrences(of: "ID@", with: "\(name)@")
        .replacingOccurrences(of: "WORDS", with: words).utf8)
  }

  /// The text as one line, however it was broken.
  private func words(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

  private func object(_ text: some StringProtocol) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func explainMarksTheWordsAndNamesTheLosers() throws {
    let shop = try Workshop()
    let file = try shop.write("mail.eml", mail("ann", "550 5.1.1 No such user here"))
    let text = try Mill.expect(0, ["explain", file], in: shop.folder).output
    #expect(text.contains("hard_bounce/user_unknown  ann@example.org"))
    #expect(text.contains("«No such user here»") && text.contains("from the report's Final-Recipient"))
    #expect(text.contains("suppresses the address at once") && text.contains("status-user-unknown"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 } && !text.contains("\u{1B}"))
    let colored = try Mill.expect(0, ["explain", file, "--color", "always"], in: shop.folder).output
    #expect(colored.contains("\u{1B}[1;33mNo such user here\u{1B}[0m"))
    let json = try object(try Mill.expect(0, ["explain", file, "--json"], in: shop.folder).output)
    let verdict = try #require((json["verdicts"] as? [[String: Any]])?.first)
    #expect((verdict["rule"] as? [String: Any])?["id"] as? String == "user-unknown")
    #expect((verdict["losers"] as? [Any])?.isEmpty == false)
  }

  @Test func explainFindsAMessageOfTheWorkspaceByItsID() throws {
    let shop = try Workshop()
    let file = try shop.write("mail.eml", mail("ann", "550 5.1.1 No such user here"))
    try Mill.expect(0, ["run", file] + shop.here())
    let line = try object(try Mill.expect(0, ["inspect", "--json", "--", file]).output)
    let id = try #require(line["id"] as? String)
    let text = words(try Mill.expect(0, ["explain", String(id.prefix(9)), "-w", shop.workspace.path]).output)
    #expect(text.contains("the address is suppressed since 2025-10-06, for hard_bounce/user_unknown"))
    let wrong = try Mill.expect(65, ["explain", "0123456789", "-w", shop.workspace.path])
    #expect(wrong.errors.contains("whose id begins so"))
    #expect(try Mill.expect(65, ["explain", "no-such-file"], in: shop.folder).errors.contains("no such file"))
  }

  @Test func aSitesRuleIsCheckedListedAndExplained() throws {
    let shop = try Workshop()
    let rules = """
      - id: our-parking
        category: soft_bounce
        reason: parked
        why: Our partner parks boxes in winter.
        match:
          diagnostic: ['parked for the winter']
        examples:
          - { diagnostic: '550 the box is parked for the winter' }

      """
    try shop.write("rules/10-own.yaml", Data(rules.utf8))
    try shop.write("pipeline.json", Data(#"{"sources": ["in"], "rules": ["rules"]}"#.utf8))
    let file = try shop.write("in/mail.eml", mail("ann", "550 Parked for the winter"))
    #expect(try Mill.expect(0, ["rules", "check"], in: shop.folder).output.contains("1 rules in 1 file"))
    let list = try Mill.expect(0, ["rules", "list", "--category", "soft_bounce/parked"], in: shop.folder).output
    #expect(list.contains("our-parking") && list.contains("rules/10-own.yaml"))
    #expect(words(try Mill.expect(0, ["explain", file], in: shop.folder).output).contains("our-parking site, "))
    // A rule that says the same as one of ours, a line below.
    try shop.write("rules/20-bad.yaml", Data("\n- id: user-unknown\n  category: soft\n".utf8))
    let bad = try Mill.expect(78, ["rules", "check"], in: shop.folder).output
    #expect(bad.contains("rules/20-bad.yaml:3: rule user-unknown: unknown category 'soft'"))
    #expect(bad.contains("rules/20-bad.yaml:2: rule user-unknown: the id is taken by a rule of the product"))
    #expect(try Mill.expect(78, ["run", "-q"], in: shop.folder).errors.contains("rules/20-bad.yaml:3"))
  }

  @Test func ourRulesPassTheirCheckAlone() throws {
    let folder = Mill.root.appending(path: "Sources/Rules/categories").path
    let output = try Mill.expect(0, ["rules", "check", "--alone", folder]).output
    #expect(output.contains("come out as they should"))
    try Mill.expect(0, ["rules", "doc", "--check", "docs/rules.md"])
    #expect(try Mill.expect(0, ["rules", "list", "--json"]).lines.count > 100)
  }

  @Test func statsTellWhatStoppedFiring() throws {
    let shop = try Workshop()
    let archive = shop.folder.appending(path: "in")
    try shop.write("in/a.eml", mail("ann", "550 5.1.1 No such user here"))
    try shop.write("in/b.eml", mail("bob", "552 5.2.2 Mailbox full"))
    try Mill.expect(0, ["run", archive.path] + shop.here())
    let first = try Mill.expect(0, ["rules", "stats", "-w", shop.workspace.path]).output
    #expect(first.contains("user-unknown") && first.contains("no earlier run") && first.contains("Never fired"))
    sleep(1)  // Runs are named by the second.
    try shop.write(
      "own.yaml",
      Data(
        """
        - { id: own-full, category: soft_bounce, reason: mailbox_full, why: Ours., match: { diagnostic: ['full'] },
            examples: [{ diagnostic: 'it is full' }] }

        """.utf8))
    try shop.write(
      "work/pipeline.json",
      Data(#"{"workspace": ".", "sources": ["../in"], "rules": ["../own.yaml"]}"#.utf8))
    try Mill.expect(0, ["run"] + shop.here())
    let second = try Mill.expect(0, ["rules", "stats", "-w", shop.workspace.path]).output
    #expect(second.contains("own-full") && second.contains("Stopped firing since"))
    #expect(second.contains("mailbox-full (1)"))
    let json = try object(try Mill.expect(0, ["rules", "stats", "-w", shop.workspace.path, "--json"]).output)
    #expect((json["lines"] as? [[String: Any]])?.contains { $0["rule"] as? String == "own-full" } == true)
  }

  @Test func unknownTextsBecomeARuleFileThatPassesItsCheck() throws {
    let shop = try Workshop()
    for (index, name) in ["ann", "bob", "carl", "dora"].enumerated() {
      let words = index < 3 ? "571 parcel 7\(index) of \(name) wobbles gently tonight" : "571 Quite 'another' lament"
      try shop.write("in/\(name).eml", mail(name, words.replacingOccurrences(of: " of \(name)", with: " ")))
    }
    try Mill.expect(0, ["run", shop.folder.appending(path: "in").path] + shop.here())
    let yaml = try Mill.expect(0, ["unknown", "-w", shop.workspace.path]).output
    #expect(yaml.contains("# 3 × ") && yaml.contains("wobbles gently tonight"))
    let file = try shop.write("new.yaml", Data(yaml.utf8))
    let check = try Mill.expect(0, ["rules", "check", file])
    #expect(check.output.contains("2 rules in 1 file"), "\(yaml)\(check.output)")
    let lines = try Mill.expect(0, ["unknown", "-w", shop.workspace.path, "--json"]).lines
    #expect(try lines.map { try object($0)["count"] as? Int } == [3, 1])
  }

  @Test func evaluateCountsTheSamplesAsTheirWriterMeansThem() throws {
    let json = try object(try Mill.expect(0, ["evaluate", "samples/expected.csv", "--json"]).output)
    #expect(json["category_accuracy"] as? Double == 100 && json["false_suppressions"] as? Int == 0)
    #expect(json["without_verdict"] as? Int == 0)
    let shop = try Workshop()
    let labels = try shop.write("labels.csv", Data("path,category\nmissing.eml,user_reply\n".utf8))
    #expect(try Mill.expect(65, ["evaluate", labels]).errors.contains("missing.eml"))
  }

  @Test func redactKeepsTheVerdict() throws {
    let shop = try Workshop()
    let words = "550 5.1.1 No such user at weberei-vogt.test [10.9.8.7]"
    let text = String(decoding: mail("klara.vogt", words), as: UTF8.self)
      .replacingOccurrences(of: "example.org", with: "weberei-vogt.test")
    let file = try shop.write("mail.eml", Data(text.utf8))
    let output = shop.folder.appending(path: "redacted.eml").path
    let result = try Mill.expect(0, ["redact", file, "-o", output])
    #expect(result.errors.contains("same verdict (hard_bounce/user_unknown by user-unknown)"))
    let redacted = try String(contentsOfFile: output, encoding: .utf8)
    #expect(!redacted.contains("vogt") && !redacted.contains("10.9.8.7"))
    #expect(try Mill.expect(0, ["inspect", "--json", "--", output]).output.contains("\"user_unknown\""))
    let several = try Mill.expect(65, ["redact", "samples/bounces.mbox"])
    #expect(several.errors.contains("--message"))
  }
}
