import ByteSlices

/// A number for a name that is the same in every run and every database: SipHash-2-4 (Aumasson and Bernstein, 2012)
/// under a fixed key, cut to 63 bits.
///
/// It keys rows by what they are, so that no counter makes their order of arrival part of the content. Strangers choose
/// addresses, so a twin can be made with some effort: whoever looks up a row by it compares the name too.
public enum StableID {
  /// The number of a name; never negative.
  public static func of(_ name: ByteSlice) -> Int { Int(hash(name) >> 1) }

  static func hash(_ bytes: ByteSlice, _ k0: UInt64 = 0x7265_7475_726E_6D69, _ k1: UInt64 = 0x6C6C_2073_746F_7265)
    -> UInt64
  {
    var v0 = k0 ^ 0x736F_6D65_7073_6575
    var v1 = k1 ^ 0x646F_7261_6E64_6F6D
    var v2 = k0 ^ 0x6C79_6765_6E65_7261
    var v3 = k1 ^ 0x7465_6462_7974_6573

    @inline(__always) func round() {
      v0 &+= v1
      v1 = (v1 << 13 | v1 >> 51) ^ v0
      v0 = v0 << 32 | v0 >> 32
      v2 &+= v3
      v3 = (v3 << 16 | v3 >> 48) ^ v2
      v0 &+= v3
      v3 = (v3 << 21 | v3 >> 43) ^ v0
      v2 &+= v1
      v1 = (v1 << 17 | v1 >> 47) ^ v2
      v2 = v2 << 32 | v2 >> 32
    }
    @inline(__always) func absorb(_ word: UInt64) {
      v3 ^= word
      round()
      round()
      v0 ^= word
    }

    var at = 0
    while at + 8 <= bytes.count {
      absorb(UInt64(littleEndian: UnsafeRawPointer(bytes.base + at).loadUnaligned(as: UInt64.self)))
      at += 8
    }
    var last = UInt64(truncatingIfNeeded: bytes.count) << 56
    var shift: UInt64 = 0
    while at < bytes.count {
      last |= UInt64(bytes[at]) << shift
      shift += 8
      at += 1
    }
    absorb(last)
    v2 ^= 0xFF
    for _ in 0..<4 { round() }
    return v0 ^ v1 ^ v2 ^ v3
  }
}
