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
    #expect((record["flags"] as? [String])?.contains("text_capped") == true)
    #expect((record["text"] as? String)?.utf8.count == ParseOptions().textCap)
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
