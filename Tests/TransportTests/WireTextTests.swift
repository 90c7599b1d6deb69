import Testing

@testable import Transport

@Suite struct WireTextTests {
  @Test(arguments: [
    ("a\nb\n", "a\r\nb\r\n"), ("a\r\nb\r\n", "a\r\nb\r\n"), ("a\rb", "a\r\nb\r\n"), ("a\r\r\nb", "a\r\n\r\nb\r\n"),
    ("", ""), ("\n", "\r\n"), ("\n.\n", "\r\n.\r\n"), ("a\r", "a\r\n"),
  ]) func lineEndsBecomeCRLF(message: String, wire: String) {
    #expect(String(decoding: WireText.crlf(Array(message.utf8)), as: UTF8.self) == wire)
  }

  @Test(arguments: [
    "", "a", "@b", "a@", "a b@c.example", "a@c.example>\r\nRCPT TO:<x@y.example", "a\n@c.example", "<a@c.example>",
    "a\u{7F}@c.example", String(repeating: "a", count: 320) + "@c.example",
  ]) func anAddressThatWouldBreakTheDialogueIsRefused(address: String) {
    #expect(WireText.problem(with: address) != nil)
  }

  @Test(arguments: ["a@c.example", "a+b=c@c.example", "ü@c.example", "\"a\"@c.example"])
  func anAddressIsTaken(address: String) {
    #expect(WireText.problem(with: address) == nil)
  }
}
