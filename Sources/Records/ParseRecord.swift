import ByteSlices
import NDJSON

/// One line of `spool/parse`: the evidence, all that a rule may ever look at.
///
/// All text is UTF-8 with LF line ends; absent is empty. Slices point into the message, the parser's arena, or, when
/// read back, into the line.
public struct ParseRecord {
  /// Raised when the line changes its form or its meaning.
  public static let schema = 2

  public var id: MessageID
  public var source: MessageSource
  /// The message's Date, else its newest Received date, else what the archive says; seconds since 1970, UTC.
  public var time: Int?
  public var kind: MessageKind = .plain
  /// The dialect that the free text was read by (its id in `Rules/dialects`).
  public var dialect: ByteSlice = .empty

  /// The address in From, else in Sender; the person who wrote, or the machine.
  public var from: ByteSlice = .empty
  public var fromName: ByteSlice = .empty
  /// Return-Path without brackets; `<>` is kept as it is, for the null sender.
  public var envelopeSender: ByteSlice = .empty
  /// The address to which the mail came back: Delivered-To, X-Original-To, else To. Carries a VERP token, if any.
  public var to: ByteSlice = .empty
  /// What `to` is made of, when it is more than a mailbox's plain address.
  public var returnAddress: ReturnAddressEvidence?
  public var subject: ByteSlice = .empty
  /// Message-ID without brackets.
  public var messageID: ByteSlice = .empty
  /// The headers that rules may look at, names in lower case, values unfolded and decoded, in order of appearance.
  public var headers: [(name: ByteSlice, value: ByteSlice)] = []

  /// The writer's own words (for a bounce: the report's human-readable part), without quotes, signature or original.
  public var text: ByteSlice = .empty
  /// What the writer quoted; kept apart, as rules must not act on it.
  public var quoted: ByteSlice = .empty
  /// Addresses that stand in the writer's own words, in order, without repeats; a redirect's new address is among them.
  public var mentioned: [ByteSlice] = []

  public var recipients: [RecipientEvidence] = []
  public var original: OriginalEvidence?
  /// What may be a token of a return path, by its look alone: whether it is one, only who has the keys can tell. `to`
  /// stood in an address that the mail came back to, `original` in the header of the mail that came back.
  public var tokens: [(name: ByteSlice, value: ByteSlice)] = []
  /// When the newest Received field says that the message came, where there are tokens: seconds since 1970, UTC. Unlike
  /// the message's Date, its sender did not write it.
  public var received: Int?
  /// The feedback type of an abuse report (RFC 5965): abuse, fraud, opt-out, not-spam …
  public var feedbackType: ByteSlice = .empty
  /// The disposition type of an MDN (RFC 8098): displayed, deleted, dispatched, processed, denied, failed.
  public var disposition: ByteSlice = .empty
  /// What was odd: a limit that cut, a charset that lied, a boundary that never closed.
  public var flags: [ByteSlice] = []

  public init(id: MessageID, source: MessageSource) {
    self.id = id
    self.source = source
  }
}

/// What a message is by its structure alone.
public enum MessageKind: String, Sendable, CaseIterable {
  /// Has a delivery-status part (RFC 3464), wherever it was found.
  case dsn
  /// Reports on delivery in free text, known by its dialect or its sender.
  case bounce
  /// A disposition notification (RFC 8098).
  case mdn
  /// A feedback report (RFC 5965), or a provider's home-made one.
  case feedback
  /// Anything else: a person, or a machine that answers like one.
  case plain
}

/// What a report says of one recipient.
public struct RecipientEvidence {
  public var address: ByteSlice = .empty
  /// Where the address stands.
  public var foundIn: AddressProvenance = .text
  /// The other name of the same recipient (Original-Recipient, an alias, the VERP address), when it differs.
  public var alias: ByteSlice = .empty
  /// `failed`, `delayed`, `delivered`, `relayed`, `expanded` (RFC 3464 §2.3.3), or empty.
  public var action: ByteSlice = .empty
  /// The enhanced status code (RFC 3463), from the text where the field is x.0.0 and the text knows better.
  public var status: ByteSlice = .empty
  /// The SMTP reply code, three digits.
  public var reply: ByteSlice = .empty
  /// The server's words, one line, without transport prefixes.
  public var diagnostic: ByteSlice = .empty
  public var remoteMTA: ByteSlice = .empty
  public var reportingMTA: ByteSlice = .empty

  public init() {}
}

/// Where the address of a verdict was found.
public enum AddressProvenance: String, Sendable, CaseIterable {
  case finalRecipient = "final-recipient"
  case originalRecipient = "original-recipient"
  case failedRecipients = "x-failed-recipients"
  case verp
  /// In the free text of the report.
  case text
  /// In the headers of the returned original.
  case original
  /// In a feedback report's own fields.
  case feedback
  /// The person who wrote.
  case from
}

/// The parts of the address to which a mail came back.
public struct ReturnAddressEvidence {
  /// The mailbox without signature (BATV, PRVS), forwarder (SRS) and tag; empty when it has none of these.
  public var base: ByteSlice = .empty
  /// The tag behind the plus sign.
  public var tag: ByteSlice = .empty
  /// The recipient that VERP wrote into it, as `anna=example.com`.
  public var recipient: ByteSlice = .empty

  public init() {}
}

/// The headers of the message that came back.
public struct OriginalEvidence {
  public var messageID: ByteSlice = .empty
  public var from: ByteSlice = .empty
  public var to: ByteSlice = .empty
  public var subject: ByteSlice = .empty
  public var returnPath: ByteSlice = .empty
  public var listID: ByteSlice = .empty
  public var listUnsubscribe: ByteSlice = .empty
  public var time: Int?
  /// Headers that the configuration names, and CFBL-Feedback-ID (RFC 9477): names in lower case, values unfolded and
  /// decoded, in order of appearance.
  public var headers: [(name: ByteSlice, value: ByteSlice)] = []

  public init() {}
}
