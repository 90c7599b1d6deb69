import ByteSlices
import Testing

@testable import Mail

@Suite struct HeaderTests {
  private func names(_ text: String, _ style: HeaderStyle = .message) -> (
    fields: [String], body: String, flags: MailFlags
  ) {
    let store = HeaderStore()
    return Array(text.utf8).withByteSlice { bytes in
      let (block, body) = store.parse(bytes, style: style)
      let fields = (0..<block.count).map { "\(block[$0].name)=\(block[$0].value)" }
      return (fields, String(bytes.dropFirst(body)), store.flags)
    }
  }

  @Test func foldsStayInTheRawValue() {
    let read = names("Subject: a\n\tb\n c\nTo: x\n\nbody\n")
    #expect(read.fields == ["Subject=a\n\tb\n c", "To=x"])
    #expect(read.body == "body\n")
    #expect(read.flags == [])
  }

  @Test func namesAreFoundInAnyCase() {
    let store = HeaderStore()
    Array("SUBJECT : one\nsubject: two\nSubjecT2: three\n\n".utf8).withByteSlice { bytes in
      let (block, _) = store.parse(bytes, style: .message)
      #expect(block.first("subject").map { String($0) } == "one")
      var all: [String] = []
      block.all("Subject") { all.append(String($0)) }
      #expect(all == ["one", "two"])
      #expect(!block.has("subject1"))
    }
  }

  /// Found by the fuzzer: NULs beside an encoded word stayed in.
  @Test func nulsBesideEncodedWordsGo() {
    var flags = MailFlags()
    let text = reading("a\0b =?utf-8?Q?c?= d\0 =?e") { value, arena in
      HeaderText(arena: arena, charsets: CharsetConverter(arena: arena)).decode(value, flags: &flags)
    }
    #expect(text == "ab c d =?e")
    #expect(flags == .nulBytes)
  }

  @Test func whatIsNoFieldIsPassedOver() {
    #expect(names("\n\n\u{FEFF}junk\nFrom x Mon Jan 1\nReceived: a\nTo: b\n\nc").fields == ["Received=a", "To=b"])
    #expect(names(">From x\nTo: b\n\nc").fields == ["To=b"])
    let stray = names("To: b\nnot a field\nCc: c\n\nd")
    #expect(stray.fields == ["To=b", "Cc=c"])
    #expect(stray.flags == [.badHeaderLine])
  }

  @Test func aMissingBlankLineEndsTheHeader() {
    let read = names("To: b\nHello there\nyou\n")
    #expect(read.fields == ["To=b"])
    #expect(read.body == "Hello there\nyou\n")
  }

  @Test func textIsNoHeader() {
    let read = names("Hello there\n\nNote: this\n")
    #expect(read.fields.isEmpty)
    #expect(read.body == "Hello there\n\nNote: this\n")
  }

  @Test func aPartMayHaveNoFields() {
    #expect(names("\nNote: this is text\n", .part).body == "Note: this is text\n")
    #expect(names("--b--\nTo: x\n", .part).body == "--b--\nTo: x\n")
  }

  @Test func whiteSpaceAloneEndsAHeader() {
    #expect(names("To: b\n \t\nNote that\n").body == "Note that\n")
  }

  @Test func limitsCutAndSaySo() {
    let store = HeaderStore(limits: HeaderLimits(fields: 2, value: 5))
    Array("A: 1234567890\nB: 2\nC: 3\n\nbody".utf8).withByteSlice { bytes in
      let (block, body) = store.parse(bytes, style: .message)
      #expect(block.count == 2)
      #expect(block.first("a").map { $0.count } ?? 0 <= 5)
      #expect(String(bytes.dropFirst(body)) == "body")
      #expect(store.flags == [.headerLimit])
    }
  }

  // MARK: values

  private func decoded(_ raw: String) -> String {
    var flags = MailFlags()
    return reading(raw) { raw, arena in
      HeaderText(arena: arena, charsets: CharsetConverter(arena: arena)).decode(raw, flags: &flags)
    }
  }

  @Test(arguments: [
    ("plain", "plain"),
    ("a\n b\n\t c", "a b c"),
    ("=?utf-8?Q?caf=C3=A9_x?=", "café x"),
    ("=?UTF-8?B?Y2Fmw6k=?= =?utf-8?b?IHg=?=", "café x"),
    ("=?utf-8?Q?=C3?=\n =?utf-8?Q?=A9?=", "é"),
    ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
    ("=?iso-8859-1*en?Q?=E9?=", "é"),
    ("=?utf-8?Q?a?=b", "ab"),
    ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    ("=?utf-8?Q?no end", "=?utf-8?Q?no end"),
    ("=?utf-8?Q?a b?=", "a b"),
    ("=?koi8-r?B?79TQydPLwQ==?=", "Отписка"),
    ("=?utf-8?Q?one=0Atwo?=", "one two"),
    ("=??Q?x?=", "x"),
  ]) func encodedWords(_ raw: String, _ text: String) { #expect(decoded(raw) == text) }

  @Test(arguments: [
    ("text/plain; charset=utf-8", "charset", "utf-8"),
    ("text/plain; CHARSET = \"iso-8859-1\" ; x=y", "charset", "iso-8859-1"),
    ("multipart/mixed; (a; comment=x) boundary=\"a;b\\\"c\"", "boundary", "a;b\"c"),
    ("a/b; name*=utf-8'en'caf%C3%A9.txt", "name", "café.txt"),
    ("a/b; name*0=\"one \"; name*1=\"two\"", "name", "one two"),
    ("a/b; name*1*=%20two; name*0*=utf-8''one", "name", "one two"),
    ("a/b; boundary=x y=z", "boundary", "x"),
  ]) func parameters(_ header: String, _ name: String, _ value: String) {
    let found = reading(header) { header, arena in
      let read =
        switch name {
        case "charset": Parameters.value(of: "charset", in: header, arena: arena)
        case "boundary": Parameters.value(of: "boundary", in: header, arena: arena)
        default: Parameters.value(of: "name", in: header, arena: arena)
        }
      return read?.value ?? .empty
    }
    #expect(found == value)
  }
}
