import ByteSlices
import Testing

@testable import Parse

@Suite struct MailAddressTests {
  @Test(arguments: [
    ("[SMTP:anna@example.org]", "anna@example.org"), ("smtp:anna@example.org", "anna@example.org"),
    ("<mailto:anna@example.org>", "anna@example.org"), ("rfc822; <anna@example.org>.", "anna@example.org"),
    ("\"Anna\" <anna@example.org>", "anna@example.org"), ("anna@[192.0.2.1]", "anna@[192.0.2.1]"),
    ("@relay.example,@other.example:anna@example.org", "anna@example.org"), ("nobody", ""), ("@example.org", ""),
  ])
  func takesOffWhatReportsPutAround(_ written: String, _ address: String) {
    #expect(written.withByteSlice { String(MailAddress.bare($0)) } == address)
  }
}
