/// Walks the lines of LF-terminated bytes. The line end belongs to no line; a last line without one counts.
public struct Lines: Sequence, IteratorProtocol {
  @usableFromInline var rest: ByteSlice
  @usableFromInline var done: Bool

  @inlinable init(_ bytes: ByteSlice) {
    rest = bytes
    done = bytes.isEmpty
  }

  @inlinable public mutating func next() -> ByteSlice? {
    guard !done else { return nil }
    guard let end = rest.firstIndex(of: 0x0A) else {
      done = true
      return rest
    }
    let line = rest.slice(0, end)
    rest = rest.slice(end + 1, rest.count)
    if rest.isEmpty { done = true }
    return line
  }
}

extension ByteSlice {
  /// The lines of these bytes, cut at LF.
  @inlinable public var lines: Lines { Lines(self) }
}
