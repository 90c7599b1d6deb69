/// A message with its envelope, to be given to a mail server.
public struct Submission: Sendable {
  /// The envelope sender (RFC 5321 §4.5.5), without angle brackets; empty for the null sender.
  public var sender: String
  /// The envelope recipients, without angle brackets.
  public var recipients: [String]
  /// The message as RFC 5322, with line ends of any kind: they become CRLF on the way. Dots are stuffed by libcurl.
  public var message: [UInt8]

  public init(sender: String, recipients: [String], message: [UInt8]) {
    self.sender = sender
    self.recipients = recipients
    self.message = message
  }
}

/// What a server answered (RFC 5321 §4.2).
public struct SMTPReply: Sendable, Equatable, CustomStringConvertible {
  /// Three digits.
  public var code: Int
  /// The words of all its lines, with the enhanced status code, if any, in front; lines joined by a space.
  public var text: String

  public init(code: Int, text: String) {
    self.code = code
    self.text = text
  }

  public var isPermanent: Bool { code >= 500 }
  public var description: String { "\(code) \(text)" }
}

/// Why a message, or one of its recipients, was not taken.
public struct SubmissionFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// Whether trying again is no use: a 5xx to the message or its envelope. Everything else may pass: a 4xx, no answer,
  /// a login or a certificate that somebody will mend.
  public var isPermanent: Bool
  /// Whether it is about the server or the way to it, so that other messages would fare the same just now.
  public var isAboutServer: Bool
  /// Whether the message may have been taken all the same: all of it was sent, and then no answer came.
  public var mayHaveArrived: Bool
  /// What the server said, if it did.
  public var reply: SMTPReply?
  /// The reason, for a person: the server's words, or libcurl's, or our own.
  public var words: String

  public init(
    isPermanent: Bool, isAboutServer: Bool, mayHaveArrived: Bool = false, reply: SMTPReply? = nil, words: String
  ) {
    self.isPermanent = isPermanent
    self.isAboutServer = isAboutServer
    self.mayHaveArrived = mayHaveArrived
    self.reply = reply
    self.words = words
  }

  public var description: String { words }
}

/// What became of a submission.
public enum SubmissionOutcome: Sendable, Equatable {
  /// The server has taken responsibility for the message, for all recipients but those refused.
  case accepted(SMTPReply, refused: [RefusedRecipient])
  case failed(SubmissionFailure)
}

/// A recipient that the server would not take, of a message that it took for others.
public struct RefusedRecipient: Sendable, Equatable {
  public var recipient: String
  public var failure: SubmissionFailure
}
