#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Bytes that grow: what encoders write into. Keeps its memory when emptied, so a worker needs one for its whole life.
///
/// Not thread-safe. A slice of it is valid until the next write.
///
/// The run-time check for overlapping accesses is off: it cost a quarter of a parse. No member here calls out while it
/// changes the state.
public final class ByteBuffer {
  @exclusivity(unchecked) @usableFromInline var place: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked) @usableFromInline var used = 0
  @exclusivity(unchecked) @usableFromInline var room: Int

  /// Where the bytes lie; changes when the buffer grows.
  @inlinable public var base: UnsafeMutablePointer<UInt8> { place }
  /// Bytes written.
  @inlinable public var count: Int { used }
  /// Bytes that fit before the buffer grows.
  @inlinable public var capacity: Int { room }

  public init(capacity: Int = 4096) {
    room = max(capacity, 64)
    place = .allocate(capacity: room)
  }

  deinit { place.deallocate() }

  /// What has been written so far.
  @inlinable public var slice: ByteSlice { ByteSlice(base: base, count: count) }

  /// Forgets the bytes and keeps the memory.
  @inlinable public func removeAll() { used = 0 }

  /// Cuts the buffer back to an earlier length.
  public func truncate(to length: Int) { used = min(used, max(length, 0)) }

  /// Makes room for `extra` bytes and returns where they go; `commit` says how many came.
  @inlinable public func reserve(_ extra: Int) -> UnsafeMutablePointer<UInt8> {
    if room - used < extra { grow(extra) }
    return place + used
  }

  @inlinable public func commit(_ written: Int) { used += written }

  @inline(never) @usableFromInline func grow(_ extra: Int) {
    let wanted = max(room * 2, used + extra)
    let bigger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
    bigger.update(from: place, count: used)
    place.deallocate()
    place = bigger
    room = wanted
  }

  @inlinable public func append(_ byte: UInt8) {
    if used == room { grow(1) }
    place[used] = byte
    used += 1
  }

  @inlinable public func append(_ slice: ByteSlice) {
    memcpy(reserve(slice.count), slice.base, slice.count)
    used += slice.count
  }

  @inlinable public func append(_ text: StaticString) { append(ByteSlice(text)) }
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
