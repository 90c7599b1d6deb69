import ByteSlices
import Testing

@testable import Mail

@Suite struct AddressTests {
  /// White space behind a value sends it the long way.
  @Test(arguments: [
    "anna@example.com", "<anna@example.com>", "Anna Quill <anna.quill@mx-1.example.com>",
    "\"Quill, Anna\" <a@b.example>",
    "Anna  Quill<a@b.example>", "letter-47-12-anna=example.com@returns.example.org", "a@B.Example", "a@b.example.",
    "<a@b>", "\" Anna \" <a@b.example>", "\"\" <a@b.example>", "<>", "<a@b.example> trailing",
    "a@b.example, c@d.example",
    "a b <c@d.example>", "anna@example.com <anna@example.com>", "Anna (the elder) <a@b.example>", "'a'@b.example",
    "<@hop.example:a@b.example>", "mailto:a@b.example", "=?utf-8?q?Anna?= <a@b.example>", "Anna. <a@b.example>",
    "@b.example",
    "a@", "a@.example", "a@b..example", "<<a@b.example>>", "Ännchen <a@b.example>", "\"Anna\"<a@b.example>",
  ])
  func theShortWayReadsWhatTheLongWayReads(_ value: String) {
    let parser = AddressParser(arena: Arena())
    let short = Array(value.utf8).withByteSlice { parser.first($0).map { [String($0.address), String($0.name)] } }
    let long = Array("\(value) \t".utf8).withByteSlice {
      parser.first($0).map { [String($0.address), String($0.name)] }
    }
    #expect(short == long)
  }

  /// Quotes and comments that never close are not looked for an end again and again: this took a minute.
  @Test(.timeLimit(.minutes(1))) func unclosedQuotesTakeLinearTime() {
    let arena = Arena()
    for piece in ["(", "\"", "\"a\\", "<\"", "(\""] {
      Array(String(repeating: piece, count: 8 << 10).utf8).withByteSlice { value in
        for _ in 0..<500 {
          arena.reset()
          var found: [Mailbox] = []
          AddressParser(arena: arena).parse(value, into: &found)
        }
      }
    }
  }

  private func list(_ raw: String) -> [String] {
    let arena = Arena()
    return Array(raw.utf8).withByteSlice { raw in
      var found: [Mailbox] = []
      AddressParser(arena: arena).parse(raw, into: &found)
      return found.map { "\($0.name)|\($0.address)" }
    }
  }

  @Test(arguments: [
    ("ann@example.org", ["|ann@example.org"]),
    ("Ann Lee <Ann@Example.ORG>", ["Ann Lee|Ann@example.org"]),
    ("\"Lee, Ann\" <ann@example.org>, bob@example.net", ["Lee, Ann|ann@example.org", "|bob@example.net"]),
    ("ann@example.org (Ann (the) Lee)", ["Ann (the) Lee|ann@example.org"]),
    ("friends: ann@example.org, Bob <bob@example.net>;", ["|ann@example.org", "Bob|bob@example.net"]),
    ("undisclosed-recipients:;", []),
    ("<@a.example,@b.example:ann@example.org>", ["|ann@example.org"]),
    ("mailto:ann@example.org", ["|ann@example.org"]),
    ("<mailto:ann@example.org>", ["|ann@example.org"]),
    ("<<ann@example.org>>", ["|ann@example.org"]),
    ("Ann Lee ann@example.org", ["Ann Lee|ann@example.org"]),
    ("\"ann lee\"@example.org", ["|\"ann lee\"@example.org"]),
    ("\"ann\"@example.org", ["|ann@example.org"]),
    ("'ann@example.org'", ["|ann@example.org"]),
    ("\"\\\"Ann\\\" L\" <ann@example.org>", ["\"Ann\" L|ann@example.org"]),
    ("jörg@example.org", ["|jörg@example.org"]),
    ("Ann <ann@example.org", ["Ann|ann@example.org"]),
    ("Ann Lee", ["Ann Lee|"]),
    ("<>", []), ("", []), (",,;", []), ("\"", ["|\""]), ("ann@example.org.", ["|ann@example.org"]),
    ("ann @ example.org", ["|ann@example.org"]),
  ]) func mailboxes(_ raw: String, _ expected: [String]) {
    #expect(list(raw) == expected)
  }

  @Test(arguments: [
    ("rfc822;ann@example.org", "ann@example.org"), ("RFC822; <Ann@Example.org>", "Ann@example.org"),
    ("utf-8; jörg@example.org", "jörg@example.org"), ("ann@example.org", "ann@example.org"),
    ("rfc822; ann@example.org (Ann)", "ann@example.org"), ("local; ann", "ann"), ("unknown;", ""), ("", ""),
    ("rfc822;\"ann lee\"@example.org", "\"ann lee\"@example.org"),
  ]) func typedAddresses(_ raw: String, _ expected: String) {
    #expect(reading(raw) { AddressParser(arena: $1).address($0) } == expected)
  }
}

@Suite struct DateTests {
  private func seconds(_ text: String) -> Int? { Array(text.utf8).withByteSlice { MailDate.seconds($0) } }

  @Test(arguments: [
    ("Thu, 1 Jan 1970 00:00:00 +0000", 0),
    ("Tue, 03 Mar 2026 10:00:00 +0100 (CET)", 1_772_528_400),
    ("3 Mar 26 10:00 +0100", 1_772_528_400),
    ("Tue Mar  3 09:00:00 2026", 1_772_528_400),
    ("Tue, 3 Mar 2026 04:00:00 EST", 1_772_528_400),
    ("Tue, 3 Mar 2026 09:00:00 GMT", 1_772_528_400),
    ("Tue, 3 Mar 2026 09:00:00 Z", 1_772_528_400),
    ("(x) Tue, 3 (y) Mar 2026 09:00:00 -0000", 1_772_528_400),
    ("Tue, 3 Mar 2026 09:00:00", 1_772_528_400),
    ("2026-03-03T09:00:00Z", 1_772_528_400),
    ("3-Mar-2026 09:00:00 +0000", 1_772_528_400),
    ("Thu, 31 Dec 99 23:59:60 +0000", 946_684_800),
    ("Sun, 29 Feb 2004 12:00:00 +0000", 1_078_056_000),
  ]) func dates(_ text: String, _ expected: Int) { #expect(seconds(text) == expected) }

  @Test(arguments: ["", "yesterday", "32 Foo 2026", "Mon", "99999999999999999999 Jan 2026", "12:00"])
  func noDates(_ text: String) { #expect(seconds(text) == nil) }

  /// The short way reads what the long way reads, or leaves it to that.
  @Test func theUsualFormIsNoOther() {
    let whole = [
      ["", "Tue, ", "Mar, ", "T1e, "], ["3", "03", "31", "32", "0"], [" Mar ", " march ", " Mai "],
      ["2026 ", "0026 ", "2026T"], ["10:00:00 ", "24:59:60 ", "25:00:00 "],
      ["+0100", "-2400", "+2401", "+01:00", "GMT"], ["", " (CET)", " (a(b))", "(CET)", " (x) 2027-01-01"],
    ].reduce([""]) { heads, tails in heads.flatMap { head in tails.map { head + $0 } } }
    var usual = 0
    for text in whole {
      text.withByteSlice { bytes in
        guard let seconds = MailDate.usual(bytes) else { return }
        usual += 1
        #expect(seconds == MailDate.any(bytes), "\(text)")
      }
    }
    #expect(usual > 0)
    for length in 0..<31 {
      #expect("Tue, 03 Mar 2026 10:00:00 +0100".withByteSlice { MailDate.usual($0.prefix(length)) } == nil)
    }
  }
}
