import ByteSlices
import Testing

@testable import Parse

/// Accounts of a session give way to the server's answer; the command that it answers goes to the end.
@Suite struct SessionWordsTests {
  private func cleaned(_ words: String) -> String {
    let arena = Arena()
    return String(DiagnosticText.cleaned(arena.copy(words), arena: arena))
  }

  @Test(arguments: [
    (
      "192.0.2.9 does not like recipient.\nRemote host said: 550 5.1.1 nobody\nGiving up on 192.0.2.9.",
      "550 5.1.1 nobody (in reply to RCPT TO command)"
    ),
    (
      "192.0.2.9 failed after I sent the message.\nRemote host said: 554 no",
      "554 no (in reply to end of DATA command)"
    ),
    (
      "Connected to 192.0.2.9 but sender was rejected.\nRemote host said: 553 go away",
      "553 go away (in reply to MAIL FROM command)"
    ),
    ("Remote host said: 552 full [RCPT_TO]", "552 full (in reply to RCPT TO command)"),
    ("Remote host said[Response Message]: 554 5.4.14 loop", "554 5.4.14 loop"),
    (
      "mx.example.com [192.0.2.25] did not like our final DATA:\n550 5.7.1 spam",
      "550 5.7.1 spam (in reply to end of DATA command)"
    ),
    (
      "SMTP error from remote server for RCPT TO command, host: mx.example.com (192.0.2.9) reason: 552 full",
      "552 full (in reply to RCPT TO command)"
    ),
    (
      "mx.example.com [192.0.2.7]:\n>>> RCPT TO:<anna@example.com>\n<<< 550-5.1.1 no\n<<< 550 5.1.1 body",
      "550 5.1.1 no body (in reply to RCPT TO command)"
    ),
    ("Remote Server returned '550 5.1.10 not found'", "550 5.1.10 not found"),
    (
      "hMailServer sent: RCPT TO:<anna@example.com>\nRemote server replied: 550 nobody",
      "550 nobody (in reply to RCPT TO command)"
    ),
    ("Server mx.example.com[192.0.2.9] failed with: 550 nobody", "550 nobody"),
    ("H=mx.example.com [192.0.2.9]: 451 later", "451 later"),
    ("host\n  mx.example.com[192.0.2.9] said: 550 nobody", "550 nobody"),
    // What only looks like one stays.
    ("The remote host said nothing", "The remote host said nothing"),
    ("anna said: Remote host said: 550 nobody", "anna said: Remote host said: 550 nobody"),
    ("Giving up on 192.0.2.9.", "Giving up on 192.0.2.9."),
    ("the list [BODY] of", "the list [BODY] of"),
  ]) func theAnswerIsLeft(_ words: String, _ answer: String) {
    #expect(cleaned(words) == answer)
  }

  @Test func theSpeakerIsWhoDidNotLikeIt() {
    let arena = Arena()
    func speaker(_ words: String) -> String { String(DiagnosticText.speaker(of: arena.copy(words))) }
    #expect(speaker("192.0.2.9 does not like recipient.") == "192.0.2.9")
    #expect(speaker("mx.example.com [192.0.2.25] did not like our RCPT TO:") == "mx.example.com")
    #expect(speaker("somebody does not like recipient.") == "")
  }
}
