import Foundation
import Transport

/// A mailbox on a server, and what is to be done with it.
public struct RemoteMailbox: Sendable, Equatable {
  public enum Access: String, Sendable {
    case imap, pop3
  }

  /// How the connection is secured.
  public enum Security: String, Sendable, CaseIterable {
    /// TLS from the first byte: imaps, pop3s.
    case implicit
    /// STARTTLS or STLS, without which nothing is said: imap, pop3.
    case starttls
    /// None. For a server on the same machine.
    case none
  }

  /// What becomes of a message on the server once it is stored here.
  public enum Afterwards: Sendable, Equatable {
    case keep, delete
    /// Moved to a folder of the same server (IMAP).
    case move(String)
    /// Given a flag such as `\Seen`, or a keyword (IMAP).
    case flag(String)
  }

  public var access: Access
  public var security: Security
  public var host: String
  public var port: Int
  public var user: String
  /// The folder on the server (IMAP); in modified UTF-7 on the wire.
  public var folder: String
  public var password: Secret?
  public var token: Secret?
  /// A file of trusted authorities, in the place of the system's.
  public var authorities: String?
  public var afterwards = Afterwards.keep
  /// Names Maildir and state file.
  public var name: String
  /// The Maildir that messages are stored in.
  public var maildir: String
  /// Seconds without a word from the server after which it is given up.
  public var timeout = 60

  /// From a URL: `imaps://user@host:port/folder`, without the port and folder for the usual ones.
  ///
  /// - Parameter user: goes before the URL's own.
  /// - Parameter isPlain: no TLS, which `imap:` and `pop3:` else insist on.
  public init(url text: String, user: String?, isPlain: Bool) throws {
    guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), let host = url.host,
      !host.isEmpty
    else {
      throw FetchError(.configuration, text, "expected a URL such as imaps://user@mail.example.org/INBOX")
    }
    switch scheme {
    case "imap", "imaps": access = .imap
    case "pop3", "pop3s": access = .pop3
    default:
      throw FetchError(.configuration, text, "\(scheme): is not known here; expected imaps, imap, pop3s or pop3")
    }
    guard url.password == nil else {
      throw FetchError(
        .configuration, "\(scheme)://\(host)",
        "the URL holds a password; name a file, a variable or a command in \"password\" instead")
    }
    guard url.query == nil, url.fragment == nil else {
      throw FetchError(.configuration, text, "expected no ? and no # in it")
    }
    security = scheme.hasSuffix("s") ? .implicit : isPlain ? .none : .starttls
    guard !(isPlain && security == .implicit) else {
      throw FetchError(.configuration, text, "\(scheme): is TLS; write \(access.rawValue): to go without")
    }
    self.host = host
    port = url.port ?? (access == .imap ? (security == .implicit ? 993 : 143) : (security == .implicit ? 995 : 110))
    guard let who = user ?? url.user, !who.isEmpty else {
      throw FetchError(.configuration, text, "\"user\" is missing")
    }
    self.user = who
    let path = url.path.drop { $0 == "/" }
    guard path.isEmpty || access == .imap else {
      throw FetchError(.configuration, text, "POP3 knows no folders; take \"/\(path)\" away")
    }
    folder = path.isEmpty ? "INBOX" : String(path)
    guard !(who + folder).unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw FetchError(.configuration, text, "expected no control characters in user and folder")
    }
    name = access == .imap ? "\(who)@\(host)-\(folder)" : "\(who)@\(host)"
    name = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "@.-_+".contains($0)) ? $0 : "_" })
    maildir = ""
  }

  /// The mailbox for people: no password is in it.
  public var description: String {
    let scheme = access.rawValue + (security == .implicit ? "s" : "")
    return "\(scheme)://\(user)@\(host)/\(access == .imap ? folder : "")"
  }

  /// What must stay the same for a state file to be this mailbox's: neither port nor TLS.
  var identity: String { "\(access.rawValue)://\(user)@\(host)/\(access == .imap ? folder : "")" }

  /// What curl connects to.
  var address: String {
    let name = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    return "\(access.rawValue)\(security == .implicit ? "s" : "")://\(name):\(port)/"
  }
}
