import ByteSlices

/// A window that slides over an archive's bytes: what is needed of them is in memory, and no more.
///
/// `bytes` is valid until the next `extend` or `drop`.
package final class ArchiveWindow {
  private let source: any ArchiveBytes
  private var buffer: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var start = 0
  private var end = 0
  /// Bytes read at a time: they stay in the second-level cache until they are searched.
  private static let chunk = 256 << 10

  /// Where the first byte of the window stands in the archive.
  package private(set) var position: Int
  /// True once the window reaches to the archive's last byte.
  package private(set) var isLast = false

  package init(_ source: any ArchiveBytes, position: Int = 0) {
    self.source = source
    self.position = position
    capacity = 2 * Self.chunk
    buffer = .allocate(capacity: capacity)
  }

  deinit { buffer.deallocate() }

  package var bytes: ByteSlice { ByteSlice(base: buffer + start, count: end - start) }
  package var count: Int { end - start }
  package var damage: String? { source.damage }
  package var remark: String? { source.remark }
  package var fileBytes: Int? { source.fileBytes }

  /// Makes the window longer by what comes next.
  package func extend() throws {
    guard !isLast else { return }
    if capacity - end < Self.chunk { makeRoom() }
    let got = try source.next(into: buffer + end, Self.chunk)
    if got == 0 { isLast = true }
    end += got
  }

  /// Makes the window at least `count` bytes long, if the archive has them.
  package func fill(_ count: Int) throws {
    while self.count < count, !isLast { try extend() }
  }

  /// Forgets the first bytes.
  package func drop(_ count: Int) {
    let dropped = min(count, self.count)
    start += dropped
    position += dropped
    if start == end {
      start = 0
      end = 0
    }
  }

  private func makeRoom() {
    let live = end - start
    if live + Self.chunk > capacity {
      let wanted = capacity * 2
      let bigger = UnsafeMutablePointer<UInt8>.allocate(capacity: wanted)
      bigger.update(from: buffer + start, count: live)
      buffer.deallocate()
      buffer = bigger
      capacity = wanted
    } else {
      buffer.update(from: buffer + start, count: live)
    }
    start = 0
    end = live
  }
}
