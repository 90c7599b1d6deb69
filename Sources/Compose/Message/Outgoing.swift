import ByteSlices

/// A message that is ready to go: its bytes, whose lines end in LF, and its envelope. Slices are valid until the next
/// one is composed.
public struct Outgoing {
  /// The subscriber's number.
  public var subscriber: Int
  /// The envelope sender (RFC 5321 §4.1.1.2).
  public var sender: ByteSlice
  /// The envelope recipient.
  public var recipient: ByteSlice
  public var message: ByteSlice
}

/// Why a subscriber gets no message.
public enum Obstacle: Error, Hashable, Sendable, CustomStringConvertible {
  /// A field that a template writes has neither a value nor a default.
  case noValue(field: String, file: String, line: Int)
  /// An address that can't be written to.
  case address(String)

  public var description: String {
    switch self {
    case .noValue(let field, let file, let line):
      "no value for \"\(field)\" (\(file), line \(line)), and no default for it in the campaign file"
    case .address(let problem): problem
    }
  }
}
