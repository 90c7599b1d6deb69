#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Bytes that grow: what encoders write into. Keeps its memory when emptied, so a worker needs one for its whole life.
///
/// Not thread-safe. A slice of it is valid until the next write.
public final class ByteBuffer {
  public private(set) var base: UnsafeMutablePointer<UInt8>
  public private(set) var count = 0
  public private(set) var capacity: Int

  public init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  /// What has been written so far.
  @inlinable public var slice: ByteSlice { ByteSlice(base: base, count: count) }

  /// Forgets the bytes and keeps the memory.
  public func removeAll() { count = 0 }

  /// Cuts the buffer back to an earlier length.
  public func truncate(to length: Int) { count = min(count, max(length, 0)) }

  /// Makes room for `extra` bytes and returns where they go; `commit` says how many came.
  public func reserve(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
    if capacity - count < extra { grow(extra) }
    return base + count
  }

  public func commit(_ written: Int) { count += written }

  @inline(never) private func grow(_ extra: Int) {
    let wanted = max(capacity * 2, count + extra)
    let bigger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
    bigger.update(from: base, count: count)
    base.deallocate()
    base = bigger
    capacity = wanted
  }

  public func append(_ byte: UInt8) {
    if count == capacity { grow(1) }
    base[count] = byte
    count += 1
  }

  public func append(_ slice: ByteSlice) {
    memcpy(reserve(slice.count), slice.base, slice.count)
    count += slice.count
  }

  public func append(_ text: StaticString) { append(ByteSlice(text)) }
  public func append(_ text: String) { text.withByteSlice { append($0) } }

  /// Writes an integer in decimal.
  public func append(decimal value: Int) {
    if value >= 0 && value < 10 { return append(UInt8(value) + 0x30) }
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    withUnsafeMutableBytes(of: &digits) { scratch in
      var at = scratch.count
      var rest = value.magnitude
      repeat {
        at -= 1
        scratch[at] = UInt8(truncatingIfNeeded: rest % 10) + 0x30
        rest /= 10
      } while rest > 0
      if value < 0 {
        at -= 1
        scratch[at] = 0x2D
      }
      append(ByteSlice(UnsafeRawBufferPointer(rebasing: scratch[at...])))
    }
  }
}
