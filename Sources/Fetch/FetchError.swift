/// What can go wrong with a mailbox on a server. Every message names the mailbox and what to do.
public struct FetchError: Error, CustomStringConvertible, Sendable {
  public enum Kind: Sendable {
    /// The server can't be reached, went away, or doesn't answer: try again later.
    case connection
    /// The server is there, and refuses: the password, the folder, a certificate that isn't trusted.
    case refused
    /// The server says what the protocol doesn't know.
    case `protocol`
    /// The configuration can't be used.
    case configuration
    /// The Maildir or the state file beside it can't be read or written.
    case local
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ mailbox: String, _ message: String) {
    self.kind = kind
    description = "\(mailbox): \(message)"
  }
}
