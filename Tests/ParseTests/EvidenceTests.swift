import Foundation
import Testing

@testable import Parse

/// Single decisions of the parser that a golden message would hide.
@Suite struct EvidenceTests {
  private func dsn(_ fields: String, head: String = "") throws -> [NSDictionary] {
    let text = """
      From: MAILER-DAEMON@example.net
      \(head)Content-Type: multipart/report; report-type=delivery-status; boundary=b

      --b
      Content-Type: message/delivery-status

      Reporting-MTA: dns; mx.example.net

      \(fields)
      --b
      Content-Type: text/rfc822-headers

      From: news@example.com
      To: only@example.org
      Message-ID: <1@example.com>

      --b--

      """
    return try #require(try Reading.record(of: text)["recipients"] as? [NSDictionary])
  }

  @Test(arguments: [
    ("Status: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 no such user", "5.1.1"),
    ("Status: 5.1.1\nDiagnostic-Code: smtp; 550 go away", "5.1.1"),
    ("Status: 4.4.7\nDiagnostic-Code: smtp; 450 4.7.1 try later", "4.7.1"),
    ("Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.0 rejected", "5.1.1"),
    ("Diagnostic-Code: smtp; 552 5.2.2 over quota", "5.2.2"),
    ("Status: 5.2.1 (disabled)", "5.2.1"),
  ]) func statusComesFromWhereItSaysMost(_ fields: String, _ status: String) throws {
    let recipients = try dsn("Final-Recipient: rfc822;ann@example.org\nAction: failed\n" + fields + "\n")
    #expect(recipients.map { $0["status"] as? String } == [status])
  }

  @Test(arguments: [
    ("expired", "failed"), ("failed (no such user)", "failed"), ("delayed", "delayed"), ("deliverable", "delivered"),
    ("relayed", "relayed"), ("expanded", "expanded"), ("Failure", "failed"),
  ]) func actionsAreNamedAsTheStandardDoes(_ written: String, _ action: String) throws {
    let recipients = try dsn("Final-Recipient: rfc822;ann@example.org\nAction: \(written)\nStatus: 5.1.1\n")
    #expect(recipients.map { $0["action"] as? String } == [action])
  }

  @Test func aMissingActionIsADelayWhereTheSubjectSaysSo() throws {
    let fields = "Final-Recipient: rfc822;ann@example.org\nStatus: 4.4.1\n"
    #expect(try dsn(fields).map { $0["action"] as? String } == ["failed"])
    #expect(try dsn(fields, head: "Subject: Delayed mail\n").map { $0["action"] as? String } == ["delayed"])
  }

  @Test func recipientsAreFoundElsewhereWhenNoFieldNamesThem() throws {
    let byHeader = try dsn(
      "Action: failed\nStatus: 5.1.1\n", head: "X-Failed-Recipients: a@example.org, b@example.org\n")
    #expect(byHeader.map { $0["address"] as? String } == ["a@example.org", "b@example.org"])
    #expect(byHeader.map { $0["found_in"] as? String } == ["x-failed-recipients", "x-failed-recipients"])
    #expect(byHeader.map { $0["status"] as? String } == ["5.1.1", "5.1.1"])
    let byOriginal = try dsn("Action: failed\nStatus: 5.1.1\n")
    #expect(byOriginal.map { $0["address"] as? String } == ["only@example.org"])
    #expect(byOriginal.map { $0["found_in"] as? String } == ["original"])
  }

  @Test func anOriginalRecipientStandsInForALocalOne() throws {
    let recipients = try dsn(
      "Original-Recipient: rfc822;ann@example.org\nFinal-Recipient: local;ann\nAction: failed\nStatus: 5.1.1\n")
    #expect(recipients.map { $0["address"] as? String } == ["ann@example.org"])
    #expect(recipients.map { $0["found_in"] as? String } == ["original-recipient"])
    #expect(recipients.map { $0["alias"] as? String } == ["ann"])
  }

  @Test func plusSignsStayAndEscapesGo() throws {
    let recipients = try dsn(
      "Final-Recipient: rfc822;ann+ab@example.org\nAction: failed\n\n"
        + "Final-Recipient: rfc822;bob+2Bx=y@example.org\nAction: failed\n\n"
        + "Final-Recipient: rfc822;j\\303\\266rg@example.org\nAction: failed\n")
    #expect(
      recipients.map { $0["address"] as? String } == ["ann+ab@example.org", "bob+x=y@example.org", "jörg@example.org"])
  }

  @Test(arguments: [
    ("Doe, Jane <jane@example.org>", "jane@example.org"),
    ("Doe@relay.example.net, Jane <jane@example.org>", "jane@example.org"),
    ("=?utf-8?Q?Jane=2C_Doe?= <jane@example.org>", "jane@example.org"),
    ("jane@example.org", "jane@example.org"),
    ("=?utf-8?Q?Jane_=3Cjane=40example.org=3E?=", "jane@example.org"),
    ("jane at example.org (Jane Doe)", "jane@example.org"),
  ]) func theAuthorIsFound(_ from: String, _ address: String) throws {
    #expect(try Reading.record(of: "From: \(from)\n\nhi\n")["from"] as? String == address)
  }

  @Test func aNameWithTheWordAtIsNoAddress() throws {
    for from in ["Jane at the bank", "Jane Doe at example.org", "at example.org"] {
      #expect(try Reading.record(of: "From: \(from)\n\nhi\n")["from"] as? String == nil)
    }
  }
}
