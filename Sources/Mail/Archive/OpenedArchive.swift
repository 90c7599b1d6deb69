import ByteSlices
import Records

/// A file opened and looked at: what it is, and its text from the start, decompressed.
///
/// A small file, as most in a Maildir are, costs one open, two reads and one close, and no memory of its own: its text
/// lies in the buffer that the caller lends.
package struct OpenedArchive {
  /// The file's kind, after decompression.
  package let kind: ArchiveKind
  package let isCompressed: Bool
  /// The whole text, when it fitted into the buffer.
  package let whole: ByteSlice?
  private let window: ArchiveWindow?

  /// Files up to this size are read at once.
  private static let small = 64 << 10

  /// Opens `path`. `buffer` is overwritten, and holds the text until it is next used.
  package init(_ path: [UInt8], buffer: ByteBuffer) throws {
    let file = try OpenFile(path)
    buffer.removeAll()
    var atEnd = false
    while buffer.count < Self.small {
      let got = try file.read(into: buffer.reserve(Self.small - buffer.count), Self.small - buffer.count)
      if got == 0 {
        atEnd = true
        break
      }
      buffer.commit(got)
    }
    let start = buffer.slice
    let (outer, name) = path.withByteSlice { (ArchiveKind(start: start.prefix(ArchiveKind.probe), name: $0), path) }
    if atEnd, outer != .gzip {
      (kind, isCompressed, whole, window) = (outer, false, start, nil)
      return
    }
    let rest = FileBytes(file, seeks: false)
    var window = ArchiveWindow(PrefixedBytes(Array(start), rest))
    var inner = outer
    var wrapped = name
    var layers = 0
    // What was compressed twice by mistake is mail all the same; more often is a trap.
    while inner == .gzip, layers < 3 {
      layers += 1
      window = ArchiveWindow(
        GzipBytes(layers == 1 ? PrefixedBytes(Array(start), FileBytes(file, seeks: false)) : WindowBytes(window)))
      try window.fill(ArchiveKind.probe)
      if wrapped.suffix(3).elementsEqual(".gz".utf8) { wrapped.removeLast(3) }
      inner = wrapped.withByteSlice { ArchiveKind(start: window.bytes.prefix(ArchiveKind.probe), name: $0) }
    }
    kind = inner == .gzip ? .notMail : inner
    isCompressed = layers > 0
    whole = nil
    self.window = window
  }

  /// The text as a window on it.
  package func text() -> ArchiveWindow {
    if let window { return window }
    return ArchiveWindow(PrefixedBytes(Array(whole ?? .empty), NoBytes()))
  }
}

/// The end of everything.
private final class NoBytes: ArchiveBytes {
  func next(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int { 0 }
}

/// What a window shows, as the input of another decompression.
private final class WindowBytes: ArchiveBytes {
  private let window: ArchiveWindow

  init(_ window: ArchiveWindow) { self.window = window }

  var damage: String? { window.damage }
  var fileBytes: Int? { window.fileBytes }

  func next(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    try window.fill(1)
    let got = min(count, window.count)
    place.update(from: window.bytes.base, count: got)
    window.drop(got)
    return got
  }
}
