import ByteSlices

/// A Content-Transfer-Encoding (RFC 2045 §6).
public enum TransferEncoding: UInt8, Sendable {
  case identity, quotedPrintable, base64

  /// Reads the raw header value; what nobody knows counts as identity.
  public init(_ value: ByteSlice?) {
    self = .identity
    guard let value, let first = value.first else { return }
    switch first | 0x20 {
    case 0x62 where value.hasPrefix(caseless: "base64"): self = .base64
    case 0x71 where value.hasPrefix(caseless: "quoted"): self = .quotedPrintable
    default: break
    }
  }

  /// The decoded bytes, at most `cap` of them, and whether the cap cut. Identity is not copied.
  public func decode(
    _ body: ByteSlice, cap: Int, arena: Arena, flags: inout MailFlags
  ) -> (bytes: ByteSlice, capped: Bool) {
    switch self {
    case .identity: return (body.prefix(cap), body.count > cap)
    case .base64: return Base64.decode(body, cap: cap, arena: arena, flags: &flags)
    case .quotedPrintable: return QuotedPrintable.decode(body, cap: cap, arena: arena, flags: &flags)
    }
  }
}
