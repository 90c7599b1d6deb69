import ByteSlices

/// What was odd about a message, noted while it was read. None of these stops the reading.
public struct MailFlags: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The message begins with what is no header field: all of it is body.
  public static let noHeaders = MailFlags(rawValue: 1 << 0)
  /// Blank or garbage lines stand before the header, or inside it.
  public static let badHeaderLine = MailFlags(rawValue: 1 << 1)
  /// More fields, or longer ones, than the limits allow: the rest was passed over.
  public static let headerLimit = MailFlags(rawValue: 1 << 2)
  /// Bytes that are not what their charset says, or a charset that nobody knows.
  public static let badCharset = MailFlags(rawValue: 1 << 3)
  /// Base64 or quoted-printable with bytes that don't belong there.
  public static let badEncoding = MailFlags(rawValue: 1 << 4)
  /// A multipart without a boundary, or whose boundary never comes.
  public static let missingBoundary = MailFlags(rawValue: 1 << 5)
  /// A multipart whose closing boundary never comes.
  public static let unclosedMultipart = MailFlags(rawValue: 1 << 6)
  /// Parts nested more deeply than the limit: the rest was not taken apart.
  public static let depthLimit = MailFlags(rawValue: 1 << 7)
  /// More parts than the limit: the rest was passed over.
  public static let partLimit = MailFlags(rawValue: 1 << 8)
  /// NUL bytes, which were taken out of the text.
  public static let nulBytes = MailFlags(rawValue: 1 << 9)
  /// More encoded bytes than the limit: the rest was not decoded.
  public static let decodeLimit = MailFlags(rawValue: 1 << 10)

  /// A header's value was longer than the record keeps: the rest was left out.
  public static let headerCapped = MailFlags(rawValue: 1 << 11)
  /// A line of text was longer than the limit: the rest of it was left out.
  public static let lineLimit = MailFlags(rawValue: 1 << 12)
  /// A pattern was given up on this text, as finding out whether it matches passed the limits of work.
  public static let patternLimit = MailFlags(rawValue: 1 << 13)
  /// More recipients than the limit: the rest was passed over.
  public static let recipientLimit = MailFlags(rawValue: 1 << 14)
  /// More text than the record keeps: the rest was left out.
  public static let textCapped = MailFlags(rawValue: 1 << 15)
  /// The message is larger than the limit: what is past it was not read.
  public static let messageLimit = MailFlags(rawValue: 1 << 16)

  /// The flags' names in records, in the order of their bits.
  public static let names: [StaticString] = [
    "no_headers", "bad_header_line", "header_limit", "bad_charset", "bad_encoding", "missing_boundary",
    "unclosed_multipart", "depth_limit", "part_limit", "nul_bytes", "decode_limit", "header_capped", "line_limit",
    "pattern_limit", "recipient_limit", "text_capped", "message_limit",
  ]

  /// Appends the names of the flags that are set, in a fixed order.
  public func appendNames(to list: inout [ByteSlice]) {
    guard !isEmpty else { return }
    for (bit, name) in MailFlags.names.enumerated() where rawValue & 1 << UInt32(bit) != 0 {
      list.append(ByteSlice(name))
    }
  }
}
