import Testing

@testable import Fetch

/// What an IMAP server says, taken apart; and what it is told.
@Suite struct IMAPWordsTests {
  @Test func statusAndTag() {
    let end = IMAPResponse(text: "r7 NO [TRYCREATE] No such mailbox")
    #expect(end.tag == "r7")
    #expect(end.status == .no)
    #expect(end.words == "NO [TRYCREATE] No such mailbox")
    #expect(IMAPResponse(text: "* 12 FETCH (UID 5)").isFetch)
    #expect(IMAPResponse(text: "* 12 fetch (UID 5)").isFetch)
    #expect(!IMAPResponse(text: "* 12 EXISTS").isFetch)
    #expect(IMAPResponse(text: "+").tag == "+")
    #expect(IMAPResponse(text: "").status == nil)
  }

  @Test func codes() {
    #expect(IMAPResponse(text: "* OK [UIDVALIDITY 1764378604] UIDs valid").code("UIDVALIDITY") == 1_764_378_604)
    #expect(IMAPResponse(text: "* ok [uidvalidity 3]").code("UIDVALIDITY") == 3)
    #expect(IMAPResponse(text: "* OK [UIDVALIDITY 99999999999]").code("UIDVALIDITY") == nil)
    #expect(IMAPResponse(text: "* OK [UIDNEXT 3]").code("UIDVALIDITY") == nil)
  }

  @Test(arguments: [
    (#"* 1 FETCH (UID 5 BODY[] "")"#, UInt32(5), ""),
    (#"* 1 FETCH (BODY[] "" UID 5)"#, 5, ""),
    (#"* 1 FETCH (FLAGS (\Seen $Junk) UID 5 body[] "a\"b\\")"#, 5, #"a"b\"#),
    (#"* 1 FETCH (BODY[] "UID 9 (" UID 5)"#, 5, "UID 9 ("),
  ])
  func itemsOfAFetch(_ text: String, _ uid: UInt32, _ body: String) {
    let item = IMAPFetched(text)
    #expect(item.uid == uid)
    #expect(item.quotedBody == body)
  }

  @Test func aBodyThatIsNotThere() {
    #expect(IMAPFetched("* 1 FETCH (UID 5 BODY[] NIL)").quotedBody == nil)
    #expect(IMAPFetched("* 1 FETCH (UID x)").uid == nil)
    #expect(IMAPFetched(#"* 1 FETCH (BODY[] "never ends"#).quotedBody == "never ends")
    #expect(IMAPFetched(#"* 1 FETCH (BODY[HEADER.FIELDS (UID 7)] "x" UID 8)"#).uid == 8)
  }

  @Test func setsOfUIDs() {
    #expect(UIDSet.text([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10")
    #expect(UIDSet.text([UInt32.max - 1, UInt32.max]) == "4294967294:4294967295")
    #expect(UIDSet.text([]) == "")
    #expect([1, 2, 3].chunks(of: 2).map(Array.init) == [[1, 2], [3]])
  }

  /// RFC 3501 §5.1.3 gives the third.
  @Test(arguments: [
    ("INBOX", #""INBOX""#), ("R&D", #""R&-D""#), ("~peter/mail/台北/日本語", #""~peter/mail/&U,BTFw-/&ZeVnLIqe-""#),
    ("Entwürfe", #""Entw&APw-rfe""#), (#"a"b\"#, #""a\"b\\""#), ("😀", #""&2D3eAA-""#),
  ])
  func namesOfFolders(_ name: String, _ quoted: String) {
    #expect(MailboxName.quoted(name) == quoted)
  }

  @Test func uniqueIdsAsNamesOfFiles() {
    #expect(POP3Fetch.name("000000015a7b") == "000000015a7b.pop3")
    #expect(POP3Fetch.name("a/b:c=..") == "a=2Fb=3Ac=3D=2E=2E.pop3")
  }
}
