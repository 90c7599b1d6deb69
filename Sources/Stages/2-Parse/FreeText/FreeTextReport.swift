import ByteSlices
import Records

/// What the reader of free text needs of a message. All is UTF-8 with LF line ends; headers are unfolded and decoded.
public struct FreeTextInput {
  /// The header section, one `lower-case-name: value` a line.
  public var headers: ByteSlice
  public var subject: ByteSlice
  /// The From header as written: name and address.
  public var from: ByteSlice
  /// The human-readable part: plain text, or text made of HTML.
  public var text: ByteSlice

  public init(
    headers: ByteSlice = .empty, subject: ByteSlice = .empty, from: ByteSlice = .empty, text: ByteSlice = .empty
  ) {
    self.headers = headers
    self.subject = subject
    self.from = from
    self.text = text
  }
}

/// What a message says of delivery in free text.
public struct FreeTextReport {
  /// The id of the dialect that the text was read by; empty when none was told.
  public var dialect: ByteSlice = .empty
  /// The recipients that the text speaks of, in order of appearance, without repeats.
  public var recipients: [RecipientEvidence] = []
  /// Where in the text the returned original begins, in bytes; the text's length when it holds none.
  public var reportEnd: Int
  /// True when the message is a machine's report on delivery. False for people and lists that quote one: then
  /// `recipients` is empty.
  public var isReport = false
  /// True when a pattern was given up because finding out whether it matches passed the limits of work.
  public var gaveUp = false
  /// True when there were more recipients than are read.
  public var isCut = false

  public init(reportEnd: Int) { self.reportEnd = reportEnd }
}
