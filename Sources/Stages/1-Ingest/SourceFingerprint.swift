import ByteSlices
import Crypto
import Mail
import Records

/// Tells whether a part of a file is still what it was, without reading all of it: a hash over its length, its first
/// and last block, and blocks spread evenly between. Depends on nothing but the content.
struct SourceFingerprint {
  private static let block = 4 << 10
  /// So many in each range of a shard's size: an insertion or a removal anywhere moves all that follow.
  private static let blocks = 26

  private let buffer = ByteBuffer(capacity: blocks * block)

  /// The fingerprint of the bytes from `start` up to `end`; nil when the file ends before.
  func of(_ file: OpenFile, from start: Int, to end: Int) throws -> String? {
    let length = end - start
    buffer.removeAll()
    buffer.append(decimal: length)
    buffer.append(0x0A)
    if length <= Self.blocks * Self.block {
      guard try read(file, start, length) else { return nil }
    } else {
      let step = (length - Self.block) / (Self.blocks - 1)
      for index in 0..<Self.blocks {
        let at = index == Self.blocks - 1 ? end - Self.block : start + index * step
        guard try read(file, at, Self.block) else { return nil }
      }
    }
    return String(MessageID(of: buffer.slice).hex.prefix(32))
  }

  private func read(_ file: OpenFile, _ offset: Int, _ count: Int) throws -> Bool {
    let got = try file.read(into: buffer.reserve(count), count, at: offset)
    buffer.commit(got)
    return got == count
  }
}
