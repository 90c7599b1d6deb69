import ByteSlices

/// One address of a header (RFC 5322 §3.4), with the name that it carries.
public struct Mailbox {
  /// `local@domain` in normal form: the domain in lower case, the local part as written; without a domain when there
  /// was none.
  public var address: ByteSlice
  /// The display name, or the comment that old mail puts in its place; still encoded (RFC 2047).
  public var name: ByteSlice

  public init(address: ByteSlice, name: ByteSlice) {
    self.address = address
    self.name = name
  }
}
