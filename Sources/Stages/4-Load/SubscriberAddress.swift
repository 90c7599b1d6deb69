import ByteSlices
import Records

/// An address as a message spells it, and as it is compared.
struct SubscriberAddress {
  let spelling: ByteSlice
  /// In lower case, as SQLite's `lower()` would have it: ASCII letters only.
  let key: ByteSlice

  init(_ spelling: ByteSlice, _ arena: Arena) {
    self.spelling = spelling
    key = arena.lowercasedASCII(spelling)
  }
}

extension Verdict {
  /// Whom the verdict is about: its recipient, or, where it names the person who wrote and holds no address, From.
  public func subscriberAddress(in record: VerdictRecord) -> ByteSlice {
    recipient.isEmpty && !category.namesReportedRecipient ? record.from : recipient
  }
}
