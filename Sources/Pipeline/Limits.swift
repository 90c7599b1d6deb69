import Ingest
import Mail
import Parse

/// How much of a message is read. What a limit cut off shows in the record, as a flag; a message that is larger than
/// `messageBytes` is set aside.
public struct Limits: Sendable, Equatable {
  /// Bytes of a message.
  public var messageBytes = IngestOptions().messageLimit
  /// Bytes of text that rules may look at (flag `text_capped`), and of one line of it (`line_limit`).
  public var textBytes = ParseOptions().textCap
  public var lineBytes = ParseOptions().line
  /// Header fields of a message and its parts (`header_limit`), and bytes of one field's value (`header_capped`).
  public var headers = ParseOptions().fields
  public var headerBytes = ParseOptions().headerCap
  /// Parts of a message (`part_limit`), and how deep they may nest (`depth_limit`); 128 levels at most.
  public var parts = ParseOptions().parts
  public var nesting = ParseOptions().depth
  /// Recipients of one report (`recipient_limit`).
  public var recipients = ParseOptions().recipients

  public init() {}

  /// Reads the members of `"limits"`; what is not there keeps its default.
  init(_ object: inout ConfigurationReader) throws {
    func read(_ key: String, _ limit: inout Int, most: Int = 1 << 30) throws {
      if let value = try object.count(key, most: most) { limit = value }
    }
    try read("message_bytes", &messageBytes, most: MessageDoor.limit)
    try read("text_bytes", &textBytes)
    try read("line_bytes", &lineBytes)
    try read("headers", &headers)
    try read("header_bytes", &headerBytes)
    try read("parts", &parts)
    try read("nesting", &nesting, most: 128)
    try read("recipients", &recipients)
  }
}

extension Configuration {
  /// What the configuration says about parsing.
  public var parseOptions: ParseOptions {
    ParseOptions(
      extraHeaders: headers, originalHeaders: originalHeaders, textCap: limits.textBytes,
      headerCap: limits.headerBytes, recipients: limits.recipients, depth: limits.nesting, parts: limits.parts,
      fields: limits.headers, line: limits.lineBytes)
  }
}
