import ByteSlices

/// Finds what may be a token in an address or another header value, by its look alone: no key is needed.
public enum TokenText {
  /// Lends each run of exactly 48 letters of base32 that begins with "r" and stands between other characters.
  ///
  /// A scan for the bytes between runs: nearly all values have no run that is long enough.
  public static func forEach(in value: ByteSlice, _ body: (ByteSlice) -> Void) {
    guard value.count >= ReturnToken.length else { return }
    var start = 0
    var at = 0
    while at <= value.count {
      if at < value.count, value.base[at].isASCIIAlphanumeric {
        at += 1
        continue
      }
      if at - start == ReturnToken.length {
        let run = value.slice(start, at)
        if run.base[0] | 0x20 == 0x72, !run.contains(where: { Base32.value(of: $0) > 31 }) { body(run) }
      }
      at += 1
      start = at
    }
  }
}
