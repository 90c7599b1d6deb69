import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads a shard line by line at the caller's pace, so that two shards can be walked side by side. One a worker; not
/// thread-safe.
public final class ShardCursor {
  private let compressed = ByteBuffer(capacity: 512 << 10)
  private let text = ByteBuffer(capacity: ShardWriter.memberTextBytes + (256 << 10))
  private let decompressor = GzipDecompressor()
  private var file: Int32 = -1
  private var path = ""
  private var offset = 0
  private var at = 0

  public init() {}

  deinit { if file >= 0 { close(file) } }

  /// Goes to the first line of a shard.
  public func open(_ path: String) throws {
    if file >= 0 { close(file) }
    self.path = path
    file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Files.failure("can't be opened for reading", path) }
    offset = 0
    at = 0
    text.removeAll()
  }

  /// The next line, without its LF, or nil at the end. A slice dies at the next call.
  public func next() throws -> ByteSlice? {
    while at >= text.count { guard try readMember() else { return nil } }
    let rest = text.slice.dropFirst(at)
    let line = rest.firstIndex(of: 0x0A).map { rest.prefix($0) } ?? rest
    at += line.count + 1
    return line
  }

  private func readMember() throws -> Bool {
    compressed.removeAll()
    let head = try read(GzipMember.headerSize)
    if head == 0 { return false }
    guard let sizes = GzipMember.sizes(compressed.slice) else { throw damaged() }
    let rest = sizes.member - GzipMember.headerSize
    guard try read(rest) == rest else { throw damaged() }
    text.removeAll()
    at = 0
    guard decompressor.decompress(compressed.slice, text: sizes.text, to: text) else { throw damaged() }
    offset += sizes.member
    return true
  }

  /// Appends up to `size` bytes and returns how many there were.
  private func read(_ size: Int) throws -> Int {
    var got = 0
    while got < size {
      let step = Glibc.read(file, compressed.reserve(size - got), size - got)
      if step < 0 && errno == EINTR { continue }
      guard step >= 0 else { throw Files.failure("can't be read", path) }
      if step == 0 { break }
      compressed.commit(step)
      got += step
    }
    return got
  }

  private func damaged() -> SpoolError {
    SpoolError(
      .corrupt, path,
      "the gzip member at byte \(offset) is damaged or not ReturnMill's; remove the shard's manifest, and the next run makes it anew"
    )
  }
}
