import ByteSlices
import Mail

/// What stands where an earlier run stopped reading an mbox.
enum MboxEnd {
  /// A separator: what follows are new messages.
  case separator
  /// Nothing but line ends: somebody is about to write.
  case blank
  /// Text: the message that was last was not yet complete.
  case text

  private static let probe = 2_048

  static func after(_ end: Int, in file: OpenFile) throws -> MboxEnd {
    let buffer = ByteBuffer(capacity: probe)
    let start = max(0, end - 1)
    buffer.commit(try file.read(into: buffer.reserve(probe), probe, at: start))
    let text = buffer.slice
    var at = end - start
    var isLineStart = end == 0 || text.first.map { $0 == 0x0A || $0 == 0x0D } ?? false
    while at < text.count, at < 8, text[at] == 0x0A || text[at] == 0x0D {
      at += 1
      isLineStart = true
    }
    if at == text.count { return .blank }
    return isLineStart && MboxSplitter.leadingSeparator(text.slice(at, text.count)) != nil ? .separator : .text
  }

  /// The first byte of the line that ends right before `offset`; nil when it is no separator.
  static func startOfLine(before offset: Int, in file: OpenFile) throws -> Int? {
    let buffer = ByteBuffer(capacity: probe)
    let start = max(0, offset - probe)
    buffer.commit(try file.read(into: buffer.reserve(probe), offset - start, at: start))
    let text = buffer.slice
    var at = text.count
    while at > 0, text[at - 1] == 0x0A || text[at - 1] == 0x0D { at -= 1 }
    while at > 0, text[at - 1] != 0x0A, text[at - 1] != 0x0D { at -= 1 }
    return MboxSplitter.leadingSeparator(text.slice(at, text.count)) == nil ? nil : start + at
  }
}
