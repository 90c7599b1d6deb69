import ByteSlices
import Foundation
import Testing

@testable import Parse

/// Messages made to exhaust a parser end in bounded time, with the flag that says what was left out.
@Suite(.timeLimit(.minutes(1))) struct HostileTests {
  private func flags(_ text: String, _ options: ParseOptions = ParseOptions()) throws -> [String] {
    try Reading.record(of: text, options: options)["flags"] as? [String] ?? []
  }

  @Test func deepNesting() throws {
    var text = "From: a@example.com\n"
    for depth in 0..<10_000 { text += "Content-Type: multipart/mixed; boundary=b\(depth)\n\n--b\(depth)\n" }
    #expect(try flags(text).contains("depth_limit"))
  }

  @Test func deepMessages() throws {
    let text = String(repeating: "Content-Type: message/rfc822\n\n", count: 10_000)
    #expect(try flags(text).contains("depth_limit"))
  }

  @Test func manyParts() throws {
    let text =
      "Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: "--b\n\nx\n", count: 20_000) + "--b--\n"
    #expect(try flags(text).contains("part_limit"))
  }

  @Test func manyHeaders() throws {
    let text = String(repeating: "X-Spam-Note: yes\n", count: 200_000) + "\nbody\n"
    let record = try Reading.record(of: text)
    #expect((record["flags"] as? [String])?.contains("header_limit") == true)
    #expect((record["headers"] as? [Any])?.count == ParseOptions().headerCount)
    #expect(record["text"] as? String == "body")
  }

  @Test func manyRecipients() throws {
    var text = "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
    for number in 0..<20_000 {
      text += "Final-Recipient: rfc822;u\(number)@example.com\nAction: failed\nStatus: 5.1.1\n\n"
    }
    let record = try Reading.record(of: text + "--b--\n")
    #expect((record["flags"] as? [String])?.contains("recipient_limit") == true)
    #expect((record["recipients"] as? [Any])?.count == ParseOptions().recipients)
  }

  @Test func oneLongLine() throws {
    let text = "From: a@example.com\nSubject: long\n\n" + String(repeating: "x", count: 8 << 20)
    let record = try Reading.record(of: text)
    #expect(record["flags"] as? [String] == ["line_limit", "text_capped"])
    #expect((record["text"] as? String)?.utf8.count == ParseOptions().line)
  }

  @Test func longLinesAreCutAndTheOthersStay() throws {
    let text = "From: a@example.com\n\none\n\(String(repeating: "é", count: 10_000))\ntwo\n"
    let record = try Reading.record(of: text)
    #expect(record["flags"] as? [String] == ["line_limit"])
    #expect(record["text"] as? String == "one\n\(String(repeating: "é", count: 8192))\ntwo")
  }

  @Test func whatIsCutOfAHeaderIsSaid() throws {
    #expect(
      try flags("From: a@example.com\nSubject: \(String(repeating: "x", count: 3000))\n\nx\n") == ["header_capped"])
    let failed = String(repeating: "X-Failed-Recipients: a@example.net\n", count: 1001)
    #expect(try flags("From: a@example.com\n\(failed)\nx\n").contains("header_limit"))
  }

  /// Words that name nobody go to all recipients of a report, and both may be many.
  @Test func manyRecipientsAndManyReasons() throws {
    var text = "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>\nSubject: Returned mail: User unknown\n\n"
    text += "   ----- The following addresses had permanent fatal errors -----\n"
    for number in 0..<6000 { text += "<u\(number)@example.net>\n" }
    text += "\n   ----- Transcript of session follows -----\n"
    for _ in 0..<6000 { text += "<<< no\n... while talking to mx.example.net.:\n" }
    let record = try Reading.record(of: text, options: ParseOptions(textCap: 256 << 10))
    #expect((record["recipients"] as? [Any])?.count == 6000)
  }

  @Test func openTagsQuotesAndComments() throws {
    for piece in ["<!--", "<head>", "<a title=\"", "<blockquote>", "&", "<style", "</"] {
      let text = "Content-Type: text/html\n\n" + String(repeating: piece, count: 100_000)
      #expect(try Reading.record(of: text)["kind"] as? String == "plain")
    }
    for piece in ["\"", "(", "<", "=?utf-8?Q?", "\\", ",", ";"] {
      let text = "From: \(String(repeating: piece, count: 50_000))\nTo: \(piece)\n\nx\n"
      #expect(try Reading.record(of: text)["kind"] as? String == "plain")
    }
  }

  @Test func textIsCutBetweenCharacters() throws {
    let text = "Content-Type: text/plain; charset=utf-8\n\n" + String(repeating: "日本語", count: 1000)
    let record = try Reading.record(of: text, options: ParseOptions(textCap: 1000))
    #expect((record["text"] as? String)?.contains("\u{FFFD}") == false)
    #expect((record["flags"] as? [String]) == ["text_capped"])
  }
}
