import ByteSlices
import Classify
import Foundation
import Records
import Testing

@testable import Review

@Suite struct RedactionTests {
  @Test func aBounceKeepsItsVerdictAndLosesItsNames() throws {
    let examiner = try Examiner(rules: try RuleSet.bundled())
    let message = """
      Return-Path: <>
      From: MAILER-DAEMON@mx4.brandt-und-soehne.test (Mail Delivery System)
      To: bounces+klara.vogt=weberei-vogt.test@lists.brandt-und-soehne.test
      Subject: Undelivered Mail Returned to Sender
      Received: from a.intern.test (a.intern.test [10.1.2.3]) by mx4.brandt-und-soehne.test with ESMTP id 4Wxy12Zab99
      MIME-Version: 1.0
      Content-Type: multipart/report; report-type=delivery-status; boundary="4Wxy12Zab99/mx4.brandt-und-soehne.test"

      --4Wxy12Zab99/mx4.brandt-und-soehne.test
      Content-Type: text/plain; charset=iso-8859-1
      Content-Transfer-Encoding: quoted-printable

      <klara.vogt@weberei-vogt.test>: host mx.weberei-vogt.test[10.9.8.7] said: 550
          5.1.1 No such user here. Gr=FC=DFe, Klara Vogt, Tel. +4917012345678

      --4Wxy12Zab99/mx4.brandt-und-soehne.test
      Content-Type: message/delivery-status

      Reporting-MTA: dns; mx4.brandt-und-soehne.test

      Final-Recipient: rfc822; klara.vogt@weberei-vogt.test
      Action: failed
      Status: 5.1.1
      Diagnostic-Code: smtp; 550 5.1.1 No such user here

      --4Wxy12Zab99/mx4.brandt-und-soehne.test
      Content-Type: message/rfc822

      From: "Brandt, Oskar" <oskar@brandt-und-soehne.test>
      To: Klara Vogt <klara.vogt@weberei-vogt.test>
      Subject: Unser geheimes Angebot an Sie
      Message-ID: <77.1234.abcdef@mx4.brandt-und-soehne.test>
      X-Customer: 4711

      The secret offer.

      --4Wxy12Zab99/mx4.brandt-und-soehne.test--

      """
    let redaction = try Redaction(Array(message.utf8), name: "mail.eml", examiner: examiner)
    let text = String(decoding: redaction.message, as: UTF8.self)
    #expect(redaction.verdicts == ["hard_bounce/user_unknown by user-unknown"])
    #expect(redaction.kept.isEmpty)
    for word in [
      "klara", "vogt", "weberei", "brandt", "oskar", "4wxy12", "10.9.8.7", "geheim", "secret", "4711", "017012345",
    ] {
      #expect(!text.lowercased().contains(word), "\(word) in\n\(text)")
    }
    #expect(text.contains("MAILER-DAEMON@") && text.contains("5.1.1 No such user here"))
    // The same again is the same again: nothing depends on a hash's order.
    #expect(try Redaction(Array(message.utf8), name: "mail.eml", examiner: examiner).message == redaction.message)
  }

  @Test func theSameAddressIsTheSameEverywhere() {
    var names = Pseudonyms(sparing: [], text: "")
    let address = names.redact("klara@weberei.test")
    let parts = address.split(separator: "@").map(String.init)
    #expect(address.hasSuffix("example.com"))
    #expect(names.redact("<KLARA@Weberei.TEST>:") == "<\(address)>:")
    #expect(names.redact("bounces+klara=weberei.test@lists.test").hasPrefix("bounces+\(parts[0])=\(parts[1])@"))
    #expect(names.redact("mailto:klara%40weberei.test") == "mailto:\(parts[0])%40\(parts[1])")
    #expect(names.redact("klara@andere.test") != address)
    #expect(names.redact("rfc822;klara@weberei.test") == "rfc822;\(address)")
  }

  @Test(arguments: [
    "550 5.1.1 User unknown", "postmaster", "Content-Type: text/plain; charset=iso-8859-1", "2025-10-09 06:00:12 +0000",
    "RESOLVER.ADR.RecipNotFound; not found", "mx.example.org", "127.0.0.1", "Status: 5.4.14",
  ])
  func whatPointsAtNobodyStays(_ text: String) {
    var names = Pseudonyms(sparing: [], text: "")
    #expect(names.redact(text) == text)
  }

  @Test func namesOfMachinesStayAndThoseOfPeopleGo() {
    var names = Pseudonyms(sparing: [], text: "")
    names.learn(name: "Mail Delivery Subsystem")
    names.learn(name: "\"Klara Vogt\"")
    let text = names.redact("Mail Delivery Subsystem wrote to Klara. Vogtland is no Vogt.")
    #expect(text.hasPrefix("Mail Delivery Subsystem wrote to Alex.") && text.contains("Vogtland is no Ash"))
  }

  @Test func encodedWordsAreEncodedAgain() {
    #expect(HeaderRedactor.encoded("plain") == "plain")
    #expect(HeaderRedactor.encoded("Grüße <a@example.org>") == "=?utf-8?B?R3LDvMOfZQ==?=\n <a@example.org>")
    #expect(
      HeaderRedactor.names(in: "\"Vogt, Klara\" <k@example.org>, Bob <b@example.org>, c@example.org") == [
        "Vogt, Klara", "Bob",
      ])
  }

  @Test func quotedPrintableLinesAreShort() {
    let bytes = MessageRedactor.quotedPrintable(Array((String(repeating: "ä=b ", count: 60) + "\nend ").utf8))
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 76 } && lines.last == "end=20")
  }
}
