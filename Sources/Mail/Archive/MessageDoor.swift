import ByteSlices
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The one way to a message's bytes after ingest: by reference into its archive, checked against its identity or its checksum.
///
/// Made for going through a shard in order: the mbox that was read last stays open with a window on it, so messages
/// that follow each other cost no system call each; a Maildir file costs an open, two reads and a close. A Maildir file
/// that was flagged or moved from `new` to `cur` since is found again by its base name. One a worker; not thread-safe.
public final class MessageDoor {
  /// The most bytes of a message that are read: longer ones are not in the spool.
  public static let limit = 1 << 30

  private let buffer = ByteBuffer(capacity: 64 << 10)
  private var mbox: MboxView?
  private var maildir: MaildirIndex?

  public init() {}

  /// The canonical bytes of a record's message: those it holds, or those it points at.
  public func bytes(of record: IngestRecord, arena: Arena) throws -> ByteSlice {
    if let raw = record.raw { return raw }
    guard let crc = record.crc else { return try bytes(of: record.source, id: record.id, arena: arena) }
    let canonical = try canonical(record.source, mayBeQuoted: record.isQuoted, arena)
    guard Checksum.crc32(canonical) == crc else { throw changed(record.source, record.id) }
    return canonical
  }

  /// Whether to fetch a record's message leaves the bytes that were lent before as they are, until the arena's reset.
  public func isAtHand(_ record: IngestRecord) -> Bool {
    if record.raw != nil { return true }
    guard record.source.format == .mbox, let mbox, mbox.isOf(record.source.path) else { return false }
    return mbox.holds(record.source.offset, record.source.length)
  }

  /// The canonical bytes of the message at `source`, valid until the next call and the arena's next reset.
  ///
  /// - Throws: `ArchiveError`: `.missing` when the file is gone, `.changed` when other bytes stand there now than those
  ///   that `id` is the SHA-256 of.
  public func bytes(of source: MessageSource, id: MessageID, arena: Arena) throws -> ByteSlice {
    let canonical = try canonical(source, arena)
    guard MessageID(of: canonical) == id else { throw changed(source, id) }
    return canonical
  }

  private func canonical(_ source: MessageSource, mayBeQuoted: Bool = true, _ arena: Arena) throws -> ByteSlice {
    let raw =
      switch source.format {
      case .mbox: try range(of: source)
      case .eml: try whole(Array(source.path))
      case .maildir: try maildirFile(source.path)
      }
    return CanonicalBytes.canonical(raw, format: source.format, arena: arena, mayBeQuoted: mayBeQuoted)
  }

  private func changed(_ source: MessageSource, _ id: MessageID) -> ArchiveError {
    changed(source, "another message stands there than the one with the id \(id.hex)")
  }

  private func changed(_ source: MessageSource, _ what: String) -> ArchiveError {
    ArchiveError(
      .changed, path: source.path, offset: source.format == .mbox ? source.offset : nil,
      detail: "changed: \(what); run ingest again, and embed sources that are emptied or rewritten")
  }

  // MARK: mbox

  private func range(of source: MessageSource) throws -> ByteSlice {
    guard (0...Int.max / 2).contains(source.offset), (0...Self.limit).contains(source.length) else {
      throw changed(source, "no message has \(source.length) bytes at byte \(source.offset)")
    }
    let view: MboxView
    if let mbox, mbox.isOf(source.path) {
      view = mbox
    } else {
      view = try MboxView(Array(source.path))
      mbox = view
    }
    guard let raw = try view.bytes(source.offset, source.length) else {
      mbox = nil
      throw changed(source, "the file ends before byte \(source.offset + source.length), where the message should end")
    }
    return raw
  }

  // MARK: single files

  private func whole(_ path: [UInt8]) throws -> ByteSlice {
    let file = try OpenFile(path)
    buffer.removeAll()
    while buffer.count <= Self.limit {
      let room = max(64 << 10, buffer.capacity - buffer.count)
      let got = try file.read(into: buffer.reserve(room), room)
      if got == 0 { break }
      buffer.commit(got)
    }
    return buffer.slice
  }

  private func maildirFile(_ path: ByteSlice) throws -> ByteSlice {
    do {
      return try whole(Array(path))
    } catch let error as ArchiveError where error.kind == .missing {
      guard let (folder, name) = MaildirName.split(path) else { throw error }
      if maildir?.isOf(folder) != true { maildir = try MaildirIndex(Array(folder)) }
      if let found = try maildir?.path(of: name) { return try whole(found) }
      throw ArchiveError(
        .missing, path: path,
        detail: "the message is gone, under this name and any other flags; embed sources that are emptied")
    }
  }
}

/// An open mbox and the part of it that was read last.
private final class MboxView {
  private let file: OpenFile
  private let buffer = ByteBuffer(capacity: 512 << 10)
  private var offset = 0
  /// How much is read at once: little at first and after a leap, more while messages follow each other.
  private var window = smallest
  private static let smallest = 16 << 10
  private static let largest = 512 << 10

  init(_ path: [UInt8]) throws { file = try OpenFile(path) }

  func isOf(_ path: ByteSlice) -> Bool { file.path.withByteSlice { $0 == path } }

  /// Whether the bytes of a range are there without another read.
  func holds(_ from: Int, _ count: Int) -> Bool {
    from >= offset && from - offset <= buffer.count && count <= buffer.count - (from - offset)
  }

  /// The bytes of a range; nil when the file ends before it does.
  func bytes(_ from: Int, _ count: Int) throws -> ByteSlice? {
    if holds(from, count) {
      return buffer.slice.slice(from - offset, from - offset + count)
    }
    let follows = from >= offset && from <= offset + buffer.count
    window = follows ? min(window * 4, Self.largest) : Self.smallest
    buffer.removeAll()
    offset = from
    // Room grows by what is there, not by what a damaged record claims.
    while buffer.count < count || buffer.count == 0 {
      let step = buffer.count == 0 ? max(window, min(count, 4 << 20)) : min(max(count - buffer.count, 1), 4 << 20)
      let got = try file.read(into: buffer.reserve(step), step, at: from + buffer.count)
      buffer.commit(got)
      if got < step { break }
    }
    return buffer.count >= count ? buffer.slice.prefix(count) : nil
  }
}

/// Where the messages of a Maildir are now, by base name; listed when a file is not where it was.
private final class MaildirIndex {
  private let folder: [UInt8]
  private var listing: MaildirListing
  private var stamp: Stamp
  private var places: [[UInt8]: Int] = [:]

  /// The time of the last change to `new` and `cur`.
  private struct Stamp: Equatable {
    var seconds: [Int] = []

    init(_ folder: [UInt8]) {
      for box in ["new", "cur"] {
        var status = stat()
        guard folder.appending(box.utf8).withCPath({ stat($0, &status) }) == 0 else { continue }
        seconds += [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
      }
    }
  }

  init(_ folder: [UInt8]) throws {
    self.folder = folder
    stamp = Stamp(folder)
    listing = try MaildirListing(folder)
    index()
  }

  func isOf(_ folder: ByteSlice) -> Bool { self.folder.withByteSlice { $0 == folder } }

  /// The path of the message that had this name; lists the folder again only when it changed since.
  func path(of name: ByteSlice) throws -> [UInt8]? {
    let base = Array(MaildirName.base(name))
    if let index = places[base] {
      let path = listing.path(index)
      if FolderListing.type(of: path) == .file { return path }
    }
    let now = Stamp(folder)
    guard now != stamp else { return nil }
    stamp = now
    listing = try MaildirListing(folder)
    index()
    return places[base].map(listing.path)
  }

  private func index() {
    places.removeAll(keepingCapacity: true)
    for index in 0..<listing.count { listing.withBase(index) { places[Array($0)] = index } }
  }
}
