import Foundation
import Testing

@testable import Fetch

@Suite struct FetchStateTests {
  private let path = FileManager.default.temporaryDirectory.appending(path: "returnmill-\(UUID().uuidString).json").path

  @Test func itIsReadAsItWasWritten() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let mailbox = try RemoteMailbox(url: "imaps://a@h.example", user: nil, isPlain: false)
    var state = try FetchState(of: mailbox, at: path)
    #expect(state == FetchState(mailbox: "imap://a@h.example/INBOX"))
    state.uidvalidity = 5
    state.fetched = .max
    state.retry = [3]
    try state.write(to: path)
    #expect(try FetchState(of: mailbox, at: path) == state)
    // The same mailbox by another door.
    let other = try RemoteMailbox(url: "imap://a@h.example:1143/INBOX", user: nil, isPlain: true)
    #expect(try FetchState(of: other, at: path) == state)
  }

  @Test func aStateOfAnotherMailboxIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FetchState(mailbox: "imap://b@h.example/INBOX").write(to: path)
    let mailbox = try RemoteMailbox(url: "imaps://a@h.example", user: nil, isPlain: false)
    #expect(throws: FetchError.self) { try FetchState(of: mailbox, at: path) }
    try Data("{".utf8).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: FetchError.self) { try FetchState(of: mailbox, at: path) }
    #expect(error?.description.contains("remove it") == true)
  }
}
