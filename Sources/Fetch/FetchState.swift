import Foundation
import Spool

/// How far a mailbox has been fetched: a file beside the Maildir, written in one step after the messages are on the disk.
struct FetchState: Codable, Equatable {
  /// The mailbox, so that a name that is used for another one is found out.
  var mailbox: String
  /// IMAP: the mailbox's UIDVALIDITY (RFC 9051 §2.3.1.1); while it stays, UIDs only grow.
  var uidvalidity: UInt32 = 0
  /// IMAP: all messages up to this UID are stored, but for `retry`.
  var fetched: UInt32 = 0
  /// IMAP: up to this UID, messages were moved, flagged or deleted as the configuration says.
  var settled: UInt32 = 0
  /// IMAP: UIDs of messages that the server could not give.
  var retry: [UInt32] = []
  /// POP3: the unique ids of stored messages that the server still lists (RFC 1939 §7).
  var stored: [String] = []
  /// POP3: those of them that are to be deleted.
  var pending: [String] = []

  init(mailbox: String) { self.mailbox = mailbox }

  /// Reads the file, if there is one.
  init(of mailbox: RemoteMailbox, at path: String) throws {
    self.init(mailbox: mailbox.identity)
    guard Files.exists(path) else { return }
    do {
      self = try JSONDecoder().decode(FetchState.self, from: Data(try Files.read(path)))
    } catch is DecodingError {
      throw FetchError(
        .local, path, "not a state file; remove it: messages that lie in the Maildir are not fetched again")
    }
    guard self.mailbox == mailbox.identity else {
      throw FetchError(
        .configuration, mailbox.description,
        "its name \"\(mailbox.name)\" is that of \(self.mailbox), by \(path); give it another \"name\"")
    }
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try Files.writeAtomically(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
  }
}
