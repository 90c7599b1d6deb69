extension ByteSlice {
  /// A number for looking a text up; texts that share one are told apart by their bytes.
  public var lookupHash: UInt64 {
    var hash = UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15
    var at = 0
    while at + 8 <= count {
      hash = (hash ^ UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self)) &* 0x9FB2_1C65_1E98_DF25
      hash ^= hash >> 32
      at += 8
    }
    var rest: UInt64 = 0
    while at < count {
      rest = rest << 8 | UInt64(base[at])
      at += 1
    }
    hash = (hash ^ rest) &* 0x9FB2_1C65_1E98_DF25
    hash ^= hash >> 29
    return hash &* 0x9E37_79B9_7F4A_7C15
  }
}
