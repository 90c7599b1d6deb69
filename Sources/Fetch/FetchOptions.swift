/// How a fetch goes, the same for every mailbox.
public struct FetchOptions: Sendable {
  /// Messages and bytes that are stored before they are synced and the state is written.
  public var batchMessages = 2048
  public var batchBytes = 64 << 20
  /// Only ask what is new.
  public var isDry = false
  /// Throws when the fetch is to end early; what was received whole is kept.
  public var check: @Sendable () throws -> Void = {}
  /// Told of so many more messages, and of how many there are to be fetched.
  public var progress: @Sendable (_ messages: Int, _ total: Int) -> Void = { _, _ in }

  public init() {}
}

/// What a fetch of one mailbox did.
public struct FetchReport: Sendable, Codable, Equatable {
  public var name: String
  /// Its URL, without a password.
  public var mailbox: String
  /// Where messages were stored.
  public var maildir: String
  /// Messages that are stored and were not before; with a dry run, that would be. Bytes as they lie in the Maildir.
  public var messages = 0
  public var bytes = 0
  /// Messages that the server holds and could not give.
  public var failed = 0
  /// Messages that were moved, flagged or deleted on the server.
  public var settled = 0
  /// What else there is to say, a line each.
  public var notes: [String] = []
  /// Why it ended before its end, if it did.
  public var failure: String?
  public var milliseconds = 0

  public init(name: String, mailbox: String, maildir: String) {
    self.name = name
    self.mailbox = mailbox
    self.maildir = maildir
  }
}
