import ByteSlices
import Mail
import Testing

@testable import Compose

@Suite struct WriterTests {
  private func field(_ value: String) -> String {
    let out = ByteBuffer()
    value.withByteSlice { HeaderWriter(out).text("Subject", $0) }
    return String(out.slice)
  }

  private func decoded(_ field: String) -> String {
    let arena = Arena()
    var flags = MailFlags()
    let value = String(field.drop { $0 != " " }.dropFirst()).dropLast()
    return String(value).withByteSlice {
      String(
        HeaderText(arena: arena, charsets: CharsetConverter(arena: arena)).decode($0, cap: 100_000, flags: &flags))
    }
  }

  @Test(arguments: [
    "Plain words", "", "Grüße aus Köln", "=?utf-8?Q?not_encoded?=", "🎉 Party at ten 🎉",
    String(repeating: "A rather long subject that must be folded somewhere ", count: 5) + "end",
    String(repeating: "Ünïcödé wörds ", count: 20) + "end", String(repeating: "漢字かな", count: 40),
    "a  b   c", String(repeating: "x", count: 300), "tab\tand\u{1}control", "new\nline\r\nX-Evil: 1",
    String(repeating: "👩‍👩‍👧‍👦", count: 12),
  ])
  func subjectsComeBack(_ text: String) {
    let made = field(text)
    #expect(made.hasPrefix("Subject: ") && made.hasSuffix("\n"))
    let plain = String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    #expect(decoded(made) == plain)
    for line in made.split(separator: "\n") {
      #expect(line.utf8.count <= 78 || !text.contains(" "), "\(line)")
      #expect(!line.contains("=?utf-8") || line.utf8.count <= 76)
      #expect(line.utf8.allSatisfy { $0 < 0x80 })
    }
    #expect(!made.dropLast().contains("\nX-Evil"))
  }

  @Test func mailboxes() {
    func made(_ phrase: String, _ address: String) -> String {
      let out = ByteBuffer()
      phrase.withByteSlice { phrase in
        address.withByteSlice { HeaderWriter(out).mailbox("To", phrase: phrase, address: $0) }
      }
      return String(out.slice)
    }
    #expect(made("", "a@example.org") == "To: <a@example.org>\n")
    #expect(made("Anna Lang", "a@example.org") == "To: Anna Lang <a@example.org>\n")
    #expect(made("Lang, \"A\"", "a@example.org") == "To: \"Lang, \\\"A\\\"\" <a@example.org>\n")
    #expect(made("Zoë (x)", "a@example.org") == "To: =?utf-8?B?Wm/DqyAoeCk=?= <a@example.org>\n")
    let long = made(String(repeating: "Name ", count: 14), "somebody@example.org")
    #expect(long.contains("\n <somebody@example.org>"))
  }

  @Test func bodiesComeBack() {
    let texts = [
      "", "plain\n", "no end", "caf\u{E9} \nblank at end \n=41\n", "From here\nFrom there é\n", "dot\n.\n..\n",
      String(repeating: "a", count: 2000), String(repeating: "ä", count: 500) + "\n", "Привет, мир\n",
      "tab\t\né", String(repeating: "word ", count: 300) + "é\n", "\n\n\n", "é" + String(repeating: "x", count: 75),
    ]
    for text in texts {
      text.withByteSlice { slice in
        let encoding = BodyEncoding.best(for: slice)
        let out = ByteBuffer()
        encoding.append(slice, to: out)
        for line in String(out.slice).split(separator: "\n") where encoding != .sevenBit {
          #expect(line.utf8.count <= 76)
          #expect(!line.hasPrefix("From "))
        }
        let arena = Arena()
        var flags = MailFlags()
        let transfer = TransferEncoding(ByteSlice(encoding.name))
        let back = String(transfer.decode(out.slice, cap: 1 << 20, arena: arena, flags: &flags).0).replacing(
          "\r\n", with: "\n")
        let same = back == text || back == text + "\n"
        #expect(same, "\(encoding) \(text.prefix(40)) → \(back.prefix(40))")
      }
    }
  }

  @Test func encodingsAreChosenByContent() {
    func best(_ text: String) -> BodyEncoding { text.withByteSlice { BodyEncoding.best(for: $0) } }
    #expect(best("plain\n") == .sevenBit)
    #expect(best("Grüße aus Köln, und noch viel mehr\n") == .quotedPrintable)
    #expect(best("Привет, мир\n") == .base64)
    #expect(best(String(repeating: "x", count: 1200)) == .quotedPrintable)
  }

  /// Wherever in eight bytes it stands.
  @Test func whatSevenBitsCannotHoldIsSeen() {
    func best(_ text: String) -> BodyEncoding { text.withByteSlice { BodyEncoding.best(for: $0) } }
    for lead in 0..<20 {
      let before = String(repeating: "x", count: lead)
      for odd in ["\u{7F}", "\u{1}", "\u{1F}", "\r", "é"] {
        #expect(best(before + odd + "yyyyyyyyyyyyyyyyyyyyyyyy") == .quotedPrintable)
      }
      #expect(best(before + "\t\n~ yyyyyyyyyyyyyyyyyyyy") == .sevenBit)
      let line = String(repeating: "x", count: 990)
      #expect(best(before + "\n" + line) == .sevenBit && best(before + "\n" + line + "\n" + line) == .sevenBit)
      #expect(best(before + "\n" + line + "x") == .quotedPrintable)
      #expect(best(line + "x\n" + before) == .quotedPrintable)
    }
  }

  @Test func datesAreThoseOfTheCalendar() {
    #expect(DateField.text(0) == "Thu, 01 Jan 1970 00:00:00 +0000")
    #expect(DateField.text(1_772_355_600) == "Sun, 01 Mar 2026 09:00:00 +0000")
    #expect(DateField.text(951_782_399) == "Mon, 28 Feb 2000 23:59:59 +0000")
    #expect(DateField.asctime(1_772_355_600) == "Sun Mar  1 09:00:00 2026")
    for time in stride(from: 0, to: 4_000_000_000, by: 86_399_717 / 7) {
      DateField.text(time).withByteSlice { #expect(MailDate.seconds($0) == time) }
    }
  }
}
