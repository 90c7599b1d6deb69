import ByteSlices

/// Finds what may be a token in an address or another header value, by its look alone: no key is needed.
public enum TokenText {
  /// Lends each run of exactly 48 letters of base32 that begins with "r" and stands between other characters.
  ///
  /// Looks backwards through 48 bytes at a time: the byte that is met first and stands in no run tells that none of this
  /// length begins before it, so most bytes are never looked at.
  public static func forEach(in value: ByteSlice, _ body: (ByteSlice) -> Void) {
    let length = ReturnToken.length
    /// Where a run may begin: at the value's beginning, or behind a byte that stands in none.
    var start = 0
    while start + length <= value.count {
      var behind = start + length
      while behind > start, value.base[behind - 1].isASCIIAlphanumeric { behind -= 1 }
      if behind > start {
        start = behind
        continue
      }
      var end = start + length
      while end < value.count, value.base[end].isASCIIAlphanumeric { end += 1 }
      let run = value.slice(start, end)
      if run.count == length, run.base[0] | 0x20 == 0x72, !run.contains(where: { Base32.value(of: $0) > 31 }) {
        body(run)
      }
      start = end + 1
    }
  }
}
