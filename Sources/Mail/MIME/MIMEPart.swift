import ByteSlices

/// One part of a message: its header, and where its body lies.
public struct MIMEPart {
  /// The position of the part that holds this one; -1 for the message itself.
  public let parent: Int
  /// 0 for the message itself.
  public let depth: Int
  public let headers: HeaderBlock
  public let type: MediaType
  /// The raw Content-Type value; empty when there is none.
  public let contentType: ByteSlice
  public let encoding: TransferEncoding
  /// The body as it stands in the message, still encoded; of a multipart, all that lies between its header and end.
  public internal(set) var body: ByteSlice
  /// One past the position of the last part inside this one; parts stand in preorder.
  public internal(set) var end = 0

  /// True when the part holds no other parts.
  public var isLeaf: Bool { type != .message && !type.isMultipart }
}

/// Limits on how far a message is taken apart.
public struct MIMELimits: Sendable {
  public var depth: Int
  public var parts: Int
  /// Bytes that encoded messages inside the message may decode to, all together.
  public var decoded: Int
  public var headers: HeaderLimits

  public init(depth: Int = 32, parts: Int = 1000, decoded: Int = 32 << 20, headers: HeaderLimits = HeaderLimits()) {
    self.depth = max(1, min(depth, 128))
    self.parts = max(1, parts)
    self.decoded = decoded
    self.headers = headers
  }
}
