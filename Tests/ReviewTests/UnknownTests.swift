import Classify
import Testing

@testable import Review

@Suite struct UnknownTests {
  @Test func textsThatDifferInNamesAndNumbersHaveOneShape() {
    let a = TextShape(
      "550 5.7.999 <ann@example.org>: Parcel 77123456 held at mx7.example.org [192.0.2.7] (4XyZ12AbCd9)")
    let b = TextShape("550 5.7.999 <bob@example.net>: parcel 81 held at relay.example.net [2001:db8::1] (9QwE55RtZu1)")
    #expect(a == b)
    #expect(a.text.contains("ADDRESS") && a.text.contains("IP") && a.text.contains("HOST"))
    #expect(a.text.contains("5.7.999") && a.text.contains("550"))
    #expect(a != TextShape("551 5.7.999 <bob@example.net>: parcel 81 held at x.example.net [192.0.2.1] (9QwE55RtZu1)"))
  }

  @Test(arguments: [
    ("ann@example.org", TextShape.Mask.address), ("mx1.example.co.uk", .host), ("198.51.100.3", .ip),
    ("2001:db8::25", .ip), ("https://example.org/a?b", .url), ("123456", .number), ("4XyZ12AbCd9", .id),
    ("5.1.1", nil), ("550", nil), ("550-5.7.1", nil), ("mailbox", nil), ("S3150", .id), ("e.g", nil),
    ("main.cf", .host),
    ("RESOLVER.ADR.RecipNotFound", nil),
  ])
  func kindsOfThings(_ word: String, _ mask: TextShape.Mask?) { #expect(TextShape.mask(word) == mask) }

  @Test(arguments: [
    ("mx.example.co.uk", "example.co.uk"), ("a.b.example.com", "example.com"), ("example.com", "example.com"),
    ("mail.firma.de", "firma.de"), ("localhost", "localhost"),
  ])
  func whoseDomainAHostIsIn(_ host: String, _ domain: String) { #expect(HostName.registered(host) == domain) }
}
