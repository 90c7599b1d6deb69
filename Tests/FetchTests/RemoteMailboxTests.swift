import Foundation
import Testing
import Transport

@testable import Fetch

@Suite struct RemoteMailboxTests {
  @Test func theUsualPorts() throws {
    for (url, port) in [
      ("imaps://a@h.example/", 993), ("imap://a@h.example", 143), ("pop3s://a@h.example", 995),
      ("pop3://a@h.example/", 110), ("imaps://a@h.example:1993/", 1993),
    ] {
      #expect(try RemoteMailbox(url: url, user: nil, isPlain: false).port == port)
    }
  }

  @Test func whatAURLSays() throws {
    let mailbox = try RemoteMailbox(
      url: "imap://b%40x.example@h.example/Lists/Returned%20mail", user: nil, isPlain: false)
    #expect(mailbox.user == "b@x.example")
    #expect(mailbox.folder == "Lists/Returned mail")
    #expect(mailbox.security == .starttls)
    #expect(mailbox.name == "b@x.example@h.example-Lists_Returned_mail")
    #expect(try RemoteMailbox(url: "imap://h.example", user: "u", isPlain: true).security == .none)
    #expect(try RemoteMailbox(url: "imap://h.example", user: "u", isPlain: true).folder == "INBOX")
  }

  @Test(arguments: [
    ("mail.example.org", "expected a URL"), ("http://a@h.example/", "http: is not known here"),
    ("imaps://a:secret@h.example/", "the URL holds a password"), ("imaps://h.example/", "\"user\" is missing"),
    ("pop3s://a@h.example/Sent", "POP3 knows no folders"), ("imaps://a@h.example/?x", "no ?"),
    ("imaps://a@h.example/a%0d%0ax", "no control characters"),
  ])
  func aMistakeIsNamed(_ url: String, _ words: String) {
    let error = #expect(throws: FetchError.self) { try RemoteMailbox(url: url, user: nil, isPlain: false) }
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    #expect(error?.description.contains("secret") == false)
  }

  @Test func aFileThatOthersMayReadIsNamed() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "returnmill-secret-\(UUID().uuidString)")
    try Data("secret\n".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    #expect(Secret.file(file.path).openFile == file.path)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    #expect(Secret.file(file.path).openFile == nil)
    #expect(Secret.environment("HOME").openFile == nil)
  }
}
