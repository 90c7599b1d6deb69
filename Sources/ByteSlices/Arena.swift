#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Memory for one message's worth of decoded bytes: handed out by moving a pointer, taken back all at once.
///
/// A worker keeps one for its life and resets it between messages. Slices into it die with the reset. Not thread-safe.
public final class Arena {
  @exclusivity(unchecked) private var blocks: [(base: UnsafeMutablePointer<UInt8>, size: Int)] = []
  @exclusivity(unchecked) private var current = 0
  @exclusivity(unchecked) private var used = 0
  private let blockSize: Int

  public init(blockSize: Int = 256 << 10) { self.blockSize = blockSize }

  deinit { for block in blocks { block.base.deallocate() } }

  /// Takes everything back. Blocks made for an outsize request are given up, so one huge message leaves no trace.
  public func reset() {
    if blocks.count > 1 {
      for block in blocks.dropFirst() { block.base.deallocate() }
      blocks.removeLast(blocks.count - 1)
    }
    if let only = blocks.first, only.size > blockSize {
      only.base.deallocate()
      blocks.removeAll()
    }
    current = 0
    used = 0
  }

  /// Room for `size` bytes, uninitialised.
  public func allocate(_ size: Int) -> UnsafeMutablePointer<UInt8> {
    if current < blocks.count, blocks[current].size - used >= size {
      defer { used += size }
      return blocks[current].base + used
    }
    let room = max(size, blockSize)
    blocks.append((.allocate(capacity: room), room))
    current = blocks.count - 1
    used = size
    return blocks[current].base
  }

  /// Gives back the unused tail of the latest `allocate`, which had `allocated` bytes of which `kept` stay.
  public func shrinkLast(allocated: Int, kept: Int) { used -= allocated - kept }

  /// A copy that lives until the reset.
  public func copy(_ slice: ByteSlice) -> ByteSlice {
    let place = allocate(slice.count)
    memcpy(place, slice.base, slice.count)
    return ByteSlice(base: place, count: slice.count)
  }

  public func copy(_ text: String) -> ByteSlice { text.withByteSlice { copy($0) } }

  /// The slices one after the other, as one.
  public func concat(_ slices: ByteSlice...) -> ByteSlice {
    let total = slices.reduce(0) { $0 + $1.count }
    let place = allocate(total)
    var at = 0
    for slice in slices {
      memcpy(place + at, slice.base, slice.count)
      at += slice.count
    }
    return ByteSlice(base: place, count: total)
  }

  /// ASCII letters in lower case, the rest as it is; the slice itself when nothing changes.
  public func lowercasedASCII(_ slice: ByteSlice) -> ByteSlice {
    guard slice.contains(where: { $0.isASCIIUppercase }) else { return slice }
    let place = allocate(slice.count)
    for i in 0..<slice.count { place[i] = slice[i].asciiLowercased }
    return ByteSlice(base: place, count: slice.count)
  }
}
