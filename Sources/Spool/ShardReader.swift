import ByteSlices
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads a shard line by line, a member at a time. One a worker; not thread-safe.
public final class ShardReader {
  private let compressed = ByteBuffer(capacity: 512 << 10)
  private let text = ByteBuffer(capacity: ShardWriter.memberTextBytes + (256 << 10))
  private let decompressor = GzipDecompressor()

  public init() {}

  /// Lends each line, without its LF, to `body`. A slice dies when `body` returns.
  public func forEachLine(in path: String, _ body: (ByteSlice) throws -> Void) throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Files.failure("can't be opened for reading", path) }
    defer { close(file) }
    var offset = 0
    while let member = try next(file, &offset, path) {
      guard decompressor.decompress(member.bytes, text: member.text, to: text) else {
        throw damaged(path, offset - member.bytes.count)
      }
      for line in text.slice.lines { try body(line) }
    }
  }

  /// The same for the shard of a folder.
  public func forEachLine(_ folder: SpoolFolder, _ shard: Int, _ body: (ByteSlice) throws -> Void) throws {
    try forEachLine(in: folder.dataPath(shard), body)
  }

  private func next(_ file: Int32, _ offset: inout Int, _ path: String) throws -> (bytes: ByteSlice, text: Int)? {
    compressed.removeAll()
    let head = try read(file, GzipMember.headerSize, path)
    if head == 0 { return nil }
    guard let sizes = GzipMember.sizes(compressed.slice),
      try read(file, sizes.member - GzipMember.headerSize, path) == sizes.member - GzipMember.headerSize
    else { throw damaged(path, offset) }
    offset += sizes.member
    return (compressed.slice, sizes.text)
  }

  /// Appends up to `size` bytes and returns how many there were.
  private func read(_ file: Int32, _ size: Int, _ path: String) throws -> Int {
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

  private func damaged(_ path: String, _ offset: Int) -> SpoolError {
    SpoolError(
      .corrupt, path,
      "the gzip member at byte \(offset) is damaged or not ReturnMill's; remove the shard's manifest, and the next run makes it anew"
    )
  }
}
