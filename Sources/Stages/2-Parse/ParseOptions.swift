import ByteSlices
import Mail

/// What the user may set about parsing; part of a parse shard's key.
public struct ParseOptions: Sendable, Equatable {
  /// Headers that rules may look at beside the fixed set, in lower case.
  public var extraHeaders: [String]
  /// Bytes of text kept; what was longer is flagged `text_capped`.
  public var textCap: Int
  /// Bytes kept of one header's value.
  public var headerCap: Int
  /// Headers kept for rules.
  public var headerCount: Int
  /// Header fields that are read of a message, those of all its parts together; more are flagged `header_limit`.
  public var fields: Int
  /// Bytes of one line of text; what was longer is flagged `line_limit`.
  public var line: Int
  /// Recipients kept of one report; more are flagged `recipient_limit`.
  public var recipients: Int
  /// How deep parts may nest.
  public var depth: Int
  /// How many parts are looked at.
  public var parts: Int

  public init(
    extraHeaders: [String] = [], textCap: Int = 64 << 10, headerCap: Int = 2 << 10, headerCount: Int = 200,
    recipients: Int = 10_000, depth: Int = 32, parts: Int = 1000, fields: Int = 20_000, line: Int = 16 << 10
  ) {
    self.extraHeaders = extraHeaders.map { $0.lowercased() }
    self.textCap = max(textCap, 256)
    self.headerCap = max(headerCap, 64)
    self.headerCount = max(headerCount, 1)
    self.recipients = max(recipients, 1)
    self.depth = max(1, min(depth, 128))
    self.parts = max(parts, 1)
    self.fields = max(fields, 100)
    self.line = max(line, 256)
  }

  /// All options in one line: two equal lines mean equal parsing.
  public var fingerprint: String {
    "text=\(textCap) header=\(headerCap)x\(headerCount) recipients=\(recipients) depth=\(depth) parts=\(parts)"
      + " fields=\(fields) line=\(line)"
      + " headers=\(extraHeaders.joined(separator: ","))"
  }
}
