import ByteSlices
import Records

extension MessageID {
  /// The 32 bytes of the `id` columns.
  public var bytes: [UInt8] { (0..<32).map { UInt8(truncatingIfNeeded: words[$0 >> 3] >> UInt64(56 - 8 * ($0 & 7))) } }

  /// Takes back what `bytes` gave; nil when it is not 32 bytes.
  public init?(bytes: ByteSlice) {
    guard bytes.count == 32 else { return nil }
    var words = SIMD4<UInt64>()
    for i in 0..<4 {
      words[i] = UInt64(bigEndian: bytes.raw.loadUnaligned(fromByteOffset: i * 8, as: UInt64.self))
    }
    self.init(words: words)
  }

  /// Whether it comes before another in the order of `bytes`, which is that of an index.
  public func precedes(_ other: MessageID) -> Bool {
    for i in 0..<4 where words[i] != other.words[i] { return words[i] < other.words[i] }
    return false
  }
}

/// Lends the bytes of one message id after the other, for binding.
public final class IDBytes {
  private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 32)

  public init() {}

  deinit { bytes.deallocate() }

  /// The id's 32 bytes, valid until the next call.
  public func of(_ id: MessageID) -> ByteSlice {
    for i in 0..<4 {
      UnsafeMutableRawPointer(bytes).storeBytes(of: id.words[i].bigEndian, toByteOffset: i * 8, as: UInt64.self)
    }
    return ByteSlice(base: bytes, count: 32)
  }
}
