import Records

/// Why a message was judged as it was: for each verdict the rule, what it saw, what else was asked, and what follows.
public struct Explanation: Sendable, Codable {
  /// The message.
  public struct Message: Sendable, Codable {
    /// SHA-256, in hexadecimal.
    public var id: String
    public var path: String
    /// Bytes from the start of an mbox.
    public var offset: Int
    /// Seconds since 1970, UTC.
    public var time: Int?
    public var kind: String
    public var dialect: String?
    public var from: String?
    public var to: String?
    /// Return-Path; `<>` for the null sender.
    public var envelopeSender: String?
    public var subject: String?
    public var flags: [String]
  }

  /// A rule, and where to find it.
  public struct RuleReference: Sendable, Codable, Equatable {
    public var id: String
    public var category: String
    public var reason: String
    public var layer: String
    public var file: String
    public var line: Int
    public var why: String
  }

  /// A text that a rule looked at, and what it saw there.
  public struct Evidence: Sendable, Codable {
    /// `diagnostic`, `text`, `subject`, `header.NAME`, `status` …
    public var field: String
    /// The whole text.
    public var text: String
    public var marks: [Mark]
  }

  /// What a pattern matched.
  public struct Mark: Sendable, Codable {
    /// As the rule writes it, and where.
    public var pattern: String
    public var line: Int
    /// Bytes of the text's UTF-8; absent for a value, which is seen as a whole.
    public var start: Int?
    public var end: Int?
    public var words: String
  }

  /// A rule that held too and lost, or that would have held.
  public struct Loser: Sendable, Codable {
    public enum Cause: String, Sendable, Codable {
      /// It stands behind the rule that decided.
      case later
      /// Something that it has under `unless` was seen.
      case vetoed
    }
    public var rule: RuleReference
    public var cause: Cause
    /// For `later`: whether its whole layer stands behind the winner's.
    public var isLowerLayer: Bool
    public var evidence: [Evidence]
    /// For `vetoed`: what held it back.
    public var vetoes: [Evidence]
  }

  /// One verdict and its grounds.
  public struct Account: Sendable, Codable {
    public var recipient: String?
    public var category: String
    public var reason: String
    public var hard: Bool
    public var status: String?
    public var reply: String?
    public var diagnostic: String?
    public var newAddress: String?
    /// Where the address stood; absent when the message names nobody.
    public var foundIn: String?
    /// Another name of the same recipient.
    public var alias: String?
    public var rule: RuleReference
    /// Whether the report's text stood in for a server's words.
    public var byText: Bool
    public var evidence: [Evidence]
    public var losers: [Loser]
    public var outlook: Outlook
    /// Whether a token vouches for it, as the workspace has it: `verified`, `verified:sender`, or `unverified:` and why.
    public var verification: String?
    /// The subscriber that the token names, where the message calls the recipient otherwise.
    public var vouchedFor: String?
    /// What the workspace's last run said, when it is something else.
    public var recorded: String?
  }

  /// A recipient whose verdict did not count.
  public struct SetAside: Sendable, Codable {
    public var recipient: String?
    public var category: String
    public var reason: String
    public var rule: String
    public var why: String
  }

  public var message: Message
  public var verdicts: [Account]
  public var setAside: [SetAside]
}
