import Foundation
import Testing

@testable import Parse

/// Complaints in other shapes than RFC 5965's, and those that hide who complained.
@Suite struct ComplaintTests {
  private func report(_ parts: String, head: String = "") throws -> NSDictionary {
    try Reading.record(
      of: """
        From: reporter@example.net
        To: abuse@example.org
        Subject: A report
        \(head)Content-Type: multipart/mixed; boundary=b

        --b
        Content-Type: text/plain

        Spam was received from your network.
        \(parts)
        --b--

        """)
  }

  private func addresses(_ record: NSDictionary) -> [String?] {
    (record["recipients"] as? [NSDictionary] ?? []).map { $0["address"] as? String }
  }

  @Test func theJSONOfXARFIsRead() throws {
    let record = try report(
      """
      --b
      Content-Type: application/json; name="xarf.json"

      {"xarf_version": "4.0.0", "category": "content", "type": "phishing", "smtp_to": "anna@example.com"}
      """, head: "X-XARF: PLAIN\n")
    #expect(record["kind"] as? String == "feedback")
    #expect(record["feedback_type"] as? String == "fraud")
    #expect(addresses(record) == ["anna@example.com"])
  }

  @Test func theYAMLOfXARFIsRead() throws {
    let record = try report(
      """
      --b
      Content-Type: text/plain; name="report.txt"

      ---
      Reported-From: reporter@example.net
      Category: abuse
      Report-Type: spam
      Schema-URL: http://www.example.org/schema.json
      --b
      Content-Type: message/rfc822

      From: news@example.org
      To: bert@example.com
      Subject: Offers

      """, head: "X-ARF: YES\n")
    #expect(record["feedback_type"] as? String == "abuse")
    #expect(addresses(record) == ["bert@example.com"])
  }

  @Test func aFeedbackPartIsKnownWithoutItsType() throws {
    let record = try report(
      """
      --b
      Content-Type: text/plain

      Feedback-Type: opt-out
      User-Agent: example/1.0
      Version: 1
      Removal-Recipient: <anna@example.com>
      """)
    #expect(record["feedback_type"] as? String == "opt-out")
    #expect(addresses(record) == ["anna@example.com"])
  }

  @Test func aJSONFileIsNoComplaint() throws {
    let record = try report("--b\nContent-Type: application/json\n\n{\"type\": \"spam\", \"to\": \"a@example.com\"}")
    #expect(record["kind"] as? String == "plain")
  }

  private func redacted(_ path: String, to: String) throws -> NSDictionary {
    try Reading.record(
      of: """
        From: fbl@example.net
        To: abuse@example.org
        Subject: Complaint
        Content-Type: multipart/report; report-type=feedback-report; boundary=b

        --b
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        User-Agent: example/1.0
        Version: 1
        --b
        Content-Type: message/rfc822

        Return-Path: <\(path)>
        From: news@example.org
        To: \(to)
        CFBL-Feedback-ID: 17:spring
        X-Subscriber-Id: s1017
        Subject: Offers

        --b--

        """, options: ParseOptions(originalHeaders: ["X-Subscriber-Id"]))
  }

  @Test func whoIsHiddenIsNamedByTheReturnPath() throws {
    let record = try redacted("bounces+anna=example.net@example.org", to: "redacted@example.net")
    #expect(addresses(record) == ["anna@example.net"])
    #expect((record["recipients"] as? [NSDictionary])?.first?["found_in"] as? String == "verp")
    #expect(record["flags"] == nil)
  }

  @Test func whoIsHiddenStaysSoWithAFlag() throws {
    let record = try redacted("bounces@example.org", to: "redacted@example.net")
    #expect(addresses(record) == ["redacted@example.net"])
    #expect(record["flags"] as? [String] == ["redacted_recipient"])
    #expect(addresses(try redacted("bounces@example.org", to: "[hidden]")) == [])
  }

  @Test func theOriginalsNamedHeadersAreCarriedAlong() throws {
    let original = try redacted("b@example.org", to: "anna@example.net")["original"] as? NSDictionary
    #expect(
      original?["headers"] as? [[String]] == [["cfbl-feedback-id", "17:spring"], ["x-subscriber-id", "s1017"]])
  }

  @Test func partsThatAListTookOutAreNoWords() throws {
    let record = try Reading.record(
      of: """
        From: anna@example.com
        Subject: unsubscribe

        -------------- next part --------------
        An HTML attachment was scrubbed...
        URL: <http://lists.example.org/pipermail/x/attachment.html>

        """)
    #expect(record["text"] == nil)
  }

  @Test func addressesMayHoldLettersBeyondASCII() throws {
    let record = try Reading.record(
      of: """
        From: anna@example.com
        Content-Type: text/plain; charset=utf-8

        Schreiben Sie an müller@example.com oder почта@пример.рф, 新しいアドレスはanna@example.orgです。

        """)
    #expect(record["mentioned"] as? [String] == ["müller@example.com", "почта@пример.рф", "anna@example.org"])
  }
}
