import ByteSlices
import Foundation
import Testing

@testable import Parse

/// What senders and relays put into an address, and what is left without it.
@Suite struct EnvelopeAddressTests {
  private func parts(_ address: String) -> (base: String, tag: String, recipient: String) {
    let arena = Arena()
    let parts = EnvelopeAddress(arena.copy(address), arena)
    return (String(parts.base), String(parts.tag), String(parts.recipient))
  }

  @Test(arguments: [
    ("prvs=0123abcdef=anna@example.com", "anna@example.com"),
    ("prvs=anna/0123abcdef@example.com", "anna@example.com"),
    ("btv1==0123abcdef==anna@example.com", "anna@example.com"),
    ("msprvs1=17abcDEF=bounces-123@example.com", "bounces-123@example.com"),
    ("SRS0=HHH1=TT=example.com=anna@relay.example.net", "anna@example.com"),
    ("SRS0+HHH1=TT=example.com=anna@relay.example.net", "anna@example.com"),
    ("SRS1=KKK=relay.example.net==HHH1=TT=example.com=anna@other.example.org", "anna@example.com"),
    ("SRS0=H=T=example.com=prvs=0123abcdef=anna@relay.example.net", "prvs=0123abcdef=anna@example.com"),
    ("anna_example.com#EXT#@tenant.example.org", "anna@example.com"),
    ("IMCEASMTP-anna+40example+2Ecom@corp.example.net", "anna@example.com"),
    ("anna+news@example.com", "anna@example.com"),
    ("anna@example.com", ""), ("prvs=anna@example.com", ""), ("a=b@example.com", ""), ("+@example.com", ""),
  ]) func theMailboxIsWhatIsLeft(_ address: String, _ base: String) {
    // A signature inside of a forwarder's rewriting comes off too.
    let wanted = base.hasPrefix("prvs=") ? "anna@example.com" : base
    #expect(parts(address).base == wanted)
  }

  @Test(arguments: [
    ("list-bounces+anna=example.com@lists.example.org", "anna@example.com"),
    ("list-bounces-anna=example.com@lists.example.org", "anna@example.com"),
    ("bounces+12345-0a1b-anna=example.com@mail.example.org", "anna@example.com"),
    ("bounce-mc.us1_123.45-anna=example.com@mail.example.org", "anna@example.com"),
    ("news-return-17-anna=example.com@example.org", "anna@example.com"),
    ("owner-news*anna**EXAMPLE*-COM@lists.example.org", "anna@EXAMPLE.COM"),
    ("anna==a==example.com==news@lists.example.org", "anna@example.com"),
    ("bounces+anna.b-c=mail.example.com@example.org", "anna.b-c@mail.example.com"),
    ("bounces+s1017=17@example.org", ""), ("prvs=0123abcdef=anna@example.com", ""),
    ("list-bounces@lists.example.org", ""), ("x=example.c0m@example.org", ""), ("=example.com@example.org", ""),
  ]) func theRecipientIsRead(_ address: String, _ recipient: String) {
    #expect(parts(address).recipient == recipient)
  }

  @Test func theTagIsKept() {
    #expect(parts("b+s1017.m07@example.org").tag == "s1017.m07")
    #expect(parts("b@example.org").tag == "")
  }

  @Test func aReportThatNamesNobodyIsAboutTheRecipientThatVERPNames() throws {
    let record = try Reading.record(
      of: """
        Return-Path: <>
        Delivered-To: list-bounces+anna=example.com@lists.example.org
        From: MAILER-DAEMON@example.net
        To: list-bounces+anna=example.com@lists.example.org
        Subject: Returned mail: delivery failed
        X-Failed-Recipients: nobody

        It could not be delivered.

        """)
    let recipients = try #require(record["recipients"] as? [NSDictionary])
    #expect(recipients.map { $0["address"] as? String } == ["anna@example.com"])
    #expect(recipients.map { $0["found_in"] as? String } == ["verp"])
  }

  @Test func aForwardedRecipientIsKnownByTheAddressThatVERPNames() throws {
    let record = try Reading.record(
      of: """
        From: MAILER-DAEMON@example.net
        To: news-bounces+anna=example.com@lists.example.org
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.net

        Final-Recipient: rfc822; anna.neu@example.net
        Action: failed
        Status: 5.1.1

        --b--

        """)
    let recipient = try #require((record["recipients"] as? [NSDictionary])?.first)
    #expect(recipient["address"] as? String == "anna.neu@example.net")
    #expect(recipient["alias"] as? String == "anna@example.com")
  }
}
