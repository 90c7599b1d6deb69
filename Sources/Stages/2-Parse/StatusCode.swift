import ByteSlices

/// Enhanced status codes (RFC 3463).
enum StatusCode {
  /// The first `class.subject.detail` in a field's value, or empty.
  static func first(in value: ByteSlice) -> ByteSlice {
    var at = 0
    while at + 5 <= value.count {
      let byte = value[at]
      if byte == 0x32 || byte == 0x34 || byte == 0x35, value[at + 1] == 0x2E,
        at == 0 || !(value[at - 1].isASCIIAlphanumeric || value[at - 1] == 0x2E), let end = end(value, at + 2)
      {
        return value.slice(at, end)
      }
      at += 1
    }
    return .empty
  }

  /// The offset past `subject.detail`, of at most three digits each.
  private static func end(_ value: ByteSlice, _ from: Int) -> Int? {
    var at = from
    for part in 0..<2 {
      let start = at
      while at < value.count, at - start < 3, value[at].isASCIIDigit { at += 1 }
      guard at > start else { return nil }
      if part == 0 {
        guard at < value.count, value[at] == 0x2E else { return nil }
        at += 1
      }
    }
    if at < value.count,
      value[at].isASCIIAlphanumeric
        || value[at] == 0x2E && at + 1 < value.count
          && value[at + 1].isASCIIDigit
    {
      return nil
    }
    return at
  }

  /// Which to believe when a field and the server's own words differ: the words, as reporting hosts write what they
  /// make of them (4.4.7 for whatever lasted too long); the field where the words only say "other" (x.y.0) of the same
  /// subject.
  static func better(_ field: ByteSlice, _ words: ByteSlice) -> ByteSlice {
    if isVague(words) { return isVague(field) && field.isEmpty ? words : field }
    if words.hasSuffix(".0"), !isVague(field), field.hasPrefix(words.dropLast(1)) { return field }
    return words
  }

  /// True for no code, and for `x.0.0`, which says only whether it failed.
  static func isVague(_ status: ByteSlice) -> Bool { status.isEmpty || status.hasSuffix(".0.0") }
}

extension ByteSlice {
  fileprivate func hasPrefix(_ other: ByteSlice) -> Bool { count >= other.count && prefix(other.count) == other }
}
