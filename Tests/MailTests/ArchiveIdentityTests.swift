import ByteSlices
import Foundation
import Records
import Testing

@testable import Mail

/// The same mail, wherever it lies, has one identity.
@Suite struct ArchiveIdentityTests {
  private let folder = TemporaryFolder()

  @Test(arguments: [
    sample("plain", "Hello."), sample("quotes", "From a to b", ">From c"), sample("no body"),
    sample("blank end", "Hello.", "", ""), "Subject: only a header\n",
    sample("8 bit \u{E9}", "Gr\u{FC}\u{DF}e", "\u{1F600}"),
  ])
  func oneIDInEveryFormat(_ mail: String) throws {
    let crlf = mail.replacingOccurrences(of: "\n", with: "\r\n")
    let quoted = mail.replacingOccurrences(of: "\n>From ", with: "\n>>From ")
      .replacingOccurrences(of: "\nFrom ", with: "\n>From ")
    let mbox = "\(separatorLine)\n\(quoted)\n"
    try folder.write("all/a.eml", mail)
    try folder.write("all/b.eml", crlf)
    try folder.write("all/c.eml", mail.replacingOccurrences(of: "\n", with: "\r"))
    try folder.write("all/d.eml.gz", gzipped(crlf))
    try folder.write("all/e.mbox", mbox + mbox)
    try folder.write("all/f.mbox", (mbox + mbox).replacingOccurrences(of: "\n", with: "\r\n"))
    try folder.write("all/g.mbox.gz", gzipped(mbox))
    try folder.write("all/h/cur/1696238100.M1P2.host:2,S", mail)
    try folder.write("all/h/new/1696238101.M1P2.host", crlf)
    if !mail.hasSuffix("\n\n") { try folder.write("all/i.eml", String(mail.dropLast())) }
    let found = try readAll(folder.path + "/all").mail
    #expect(found.count == (mail.hasSuffix("\n\n") ? 11 : 12))
    let id = MessageID(of: ByteSlice(UnsafeRawBufferPointer(start: nil, count: 0)))
    #expect(Set(found.map(\.id)) == [mail.withByteSlice { MessageID(of: $0) }])
    #expect(found.first?.id != id)
  }

  @Test func canonicalFormIsItsOwn() {
    let arena = Arena()
    for text in ["a\r\nb\r\n", "a\rb\r", "a\rb\nc", "a\r\r\nb", "a", "\r", "\r\n", "\n", "", "a\n\r", "\r\r\na\r"] {
      text.withByteSlice { raw in
        let once = CanonicalBytes.canonical(raw, format: .eml, arena: arena)
        #expect(CanonicalBytes.canonical(once, format: .eml, arena: arena) == once, "\(text.debugDescription)")
        #expect(once.isEmpty || once.last == 0x0A)
      }
    }
  }

  @Test func nothingIsCopiedWithoutNeed() {
    let arena = Arena()
    sample("same", "x").withByteSlice { raw in
      #expect(CanonicalBytes.canonical(raw, format: .eml, arena: arena).base == raw.base)
      #expect(CanonicalBytes.canonical(raw, format: .mbox, arena: arena).base == raw.base)
    }
  }

  @Test func loneReturnsStay() {
    let arena = Arena()
    "a\rb\nc\r\n".withByteSlice {
      #expect(String(CanonicalBytes.canonical($0, format: .eml, arena: arena)) == "a\rb\nc\n")
    }
  }
}
