import ByteSlices
import Testing

@testable import Parse

struct FreeTextDiagnosticTests {
  struct Words: Sendable {
    let text: String
    let reply: String
    let status: String
  }

  static let cases: [Words] = [
    Words(text: "550 5.1.1 <a@example.com> nobody", reply: "550", status: "5.1.1"),
    Words(text: "550-5.7.26 Not authenticated\n550 5.7.26 so refused", reply: "550", status: "5.7.26"),
    Words(text: "550 #5.1.0 Address rejected", reply: "550", status: "5.1.0"),
    Words(text: "Sorry, no mailbox here by that name. (#5.1.1)", reply: "", status: "5.1.1"),
    Words(text: "552: 5.2.2 <a@example.com> no room", reply: "552", status: "5.2.2"),
    Words(text: "smtp; 451 4.7.1 Greylisted for 300 seconds", reply: "451", status: "4.7.1"),
    Words(text: "host mx.example.com[192.5.1.1] said: 554 refused", reply: "554", status: ""),
    Words(text: "connect to mx.example.com[192.0.2.1]:25: Connection refused", reply: "", status: ""),
    Words(text: "#< #5.1.1 smtp; 550 5.1.1 nobody>", reply: "550", status: "5.1.1"),
    Words(text: "<mx.example.com #5.2.2 smtp;550 over quota>", reply: "550", status: "5.2.2"),
    Words(text: "Exim 4.92 #2 5.0.0", reply: "", status: "5.0.0"),
    Words(text: "The size 552 of the list, in 2025, is port 587", reply: "", status: ""),
    Words(text: "554 4.4.7 Message expired.<421 4.4.2 Connection timed out>", reply: "554", status: "4.4.2"),
    Words(text: "550 5.0.0 wrapped: 550 5.2.1 disabled", reply: "550", status: "5.2.1"),
    Words(text: "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'", reply: "550", status: "5.1.10"),
    Words(text: "ERROR_CODE :550, ERROR_CODE :5.1.1 nobody", reply: "550", status: "5.1.1"),
    Words(
      text: "192.0.2.1 failed after I sent the message.\nRemote host said: 554 delivery error", reply: "554", status: ""
    ),
    Words(text: "id=550-1234 from 5.1.2.3", reply: "", status: ""),
    Words(text: "250 2.1.5 Ok", reply: "250", status: "2.1.5"),
    Words(text: "it said 450 and then\n550 5.1.1 nobody", reply: "550", status: "5.1.1"),
    Words(text: "5.1.1", reply: "", status: "5.1.1"),
    Words(text: "550", reply: "550", status: ""),
    Words(text: "", reply: "", status: ""),
  ]

  @Test(arguments: cases) func findsTheCodes(_ words: Words) {
    words.text.withByteSlice { text in
      let codes = DiagnosticText.analyse(text)
      #expect(String(codes.reply) == words.reply, "reply in \(words.text)")
      #expect(String(codes.status) == words.status, "status in \(words.text)")
    }
  }

  @Test(arguments: [
    ("smtp; 550 5.1.1 nobody", "550 5.1.1 nobody"),
    ("550-5.7.26 Not\n    authenticated\n550-5.7.26 see\n550 5.7.26 policy", "550 5.7.26 Not authenticated see policy"),
    ("550-5.1.1 First 550-5.1.1 second 550 5.1.1 third", "550 5.1.1 First second third"),
    ("host mx.example.com[192.0.2.1] said: 550 no", "550 no"),
    (
      "SMTP error from remote mail server after RCPT TO:<a@example.com>:\n    host mx.example.com [192.0.2.1]: 550 no",
      "550 no (in reply to RCPT TO command)"
    ),
    (
      "host mx.example.com [192.0.2.1]\n  SMTP error from remote mail server after end of data:\n  554 5.7.1 no",
      "554 5.7.1 no (in reply to end of DATA command)"
    ),
    ("<<< 550-5.1.1 one\n<<< 550 5.1.1 two", "550 5.1.1 one two"),
    ("  plain\twords\n  on  lines ", "plain words on lines"),
    ("'550 5.1.10 Resolver; not found'", "550 5.1.10 Resolver; not found"),
    ("Sent 100-200 items", "Sent 100-200 items"),
    ("", ""),
  ]) func cleans(_ words: String, _ expected: String) {
    let arena = Arena()
    words.withByteSlice { #expect(String(DiagnosticText.cleaned($0, arena: arena)) == expected) }
  }

  @Test func anyBytesAreFine() {
    var state: UInt64 = 7
    let arena = Arena()
    let alphabet = Array("5.1-0#<>[]():; \n\"'smtpSMTP error from host after=@\u{E9}".utf8)
    for _ in 0..<2000 {
      var bytes: [UInt8] = []
      for _ in 0..<(state % 90) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(alphabet[Int(state >> 33) % alphabet.count])
      }
      state &+= 1
      bytes.withByteSlice { text in
        let codes = DiagnosticText.analyse(text)
        #expect(codes.reply.count == 0 || codes.reply.count == 3)
        #expect(DiagnosticText.cleaned(text, arena: arena).count <= text.count + 40)
        _ = OwnWords.split(text, arena: arena)
        var found: [ByteSlice] = []
        Mentioned.addresses(in: text, limit: 9, into: &found)
      }
      arena.reset()
    }
  }
}
