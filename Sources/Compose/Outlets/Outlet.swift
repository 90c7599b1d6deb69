import ByteSlices
import Transport

/// What became of messages that were staged when a run died.
enum Recovery {
  case delivered
  /// To be forgotten and composed again.
  case lost
  /// Still staged; they are delivered with the rest.
  case kept
}

/// A place of files that takes messages a batch at a time, each exactly once.
///
/// The order of a batch: `stage` each message; `prepare`, after which they are on disk but not yet delivered; the ledger
/// notes them as staged, together with what `prepare` returned; `release` delivers them, at the end of the batch or of all
/// batches; the ledger notes them as sent. Whenever the process dies, `recover` can finish or take back what the ledger
/// has as staged.
protocol BatchOutlet: AnyObject {
  /// Where messages go, for people.
  var place: String { get }
  /// Whether `release` comes once, at the end of the run.
  var deliversAtEnd: Bool { get }
  /// Makes the place ready. `staged` and `values` are what the ledger has of an earlier run.
  func recover(staged: [Int], values: (String) throws -> String?) throws -> Recovery
  func stage(_ message: Outgoing) throws
  func prepare() throws -> [String: String]
  /// Delivers what is staged. Returns what the ledger is to note with it.
  func release() throws -> [String: String]
  /// What the ledger is to note of the place as it is now.
  var settled: [String: String] { get }
}

extension BatchOutlet {
  var deliversAtEnd: Bool { false }
}

/// What became of a message that was offered to a server.
public enum Acceptance: Sendable, Equatable {
  case accepted(String)
  /// Refused for good: 5xx.
  case refused(String)
  /// Not now: 4xx.
  case deferred(String)
}

/// A connection to a server, or a program, that takes one message at a time. Used by one thread.
protocol SubmissionConnection: AnyObject {
  /// Offers a message, whose lines end in LF. Throws when the server can't be reached or is not fit to go on with.
  func submit(_ message: ByteSlice, from sender: ByteSlice, to recipient: ByteSlice) throws -> Acceptance
  func end()
}

/// Whom messages are submitted to.
protocol SubmissionOutlet: Sendable {
  /// Where messages go, for people.
  var place: String { get }
  func connect() throws -> any SubmissionConnection
}

/// Where a campaign goes, as a person says it.
public enum Destination: Sendable, Equatable {
  case maildir(String)
  case mbox(String)
  /// The program, and its arguments before `-f`.
  case sendmail([String])
  case smtp(SMTPServer)

  /// The same text for the same place.
  public var description: String {
    switch self {
    case .maildir(let path): "maildir \(path)"
    case .mbox(let path): "mbox \(path)"
    case .sendmail(let command): "sendmail \(command.joined(separator: " "))"
    case .smtp(let server): server.url
    }
  }
}
