import ByteSlices
import Mail

/// Walks the fields of a report part (RFC 3464, 5965 and 8098 all write groups of header fields), however many blank
/// lines stand between them.
final class ReportFields {
  private let store = HeaderStore(limits: HeaderLimits(fields: 2000))

  /// Lends every field, in order. More than two thousand in one group are passed over, and flagged.
  func forEach(in body: ByteSlice, flags: inout MailFlags, _ take: (HeaderField, inout MailFlags) -> Void) {
    var at = 0
    while at < body.count {
      store.removeAll()
      let (block, next) = store.parse(body, from: at, style: .group)
      at = max(next, at + 1)
      flags.formUnion(store.flags.intersection(.headerLimit))
      for position in 0..<block.count { take(block[position], &flags) }
    }
  }
}
