import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The messages of one Maildir, by base name: the order does not change when a message is read, flagged or moved from
/// `new` to `cur`.
public struct MaildirListing: Sendable {
  private struct Entry {
    var offset: Int
    var nameCount: UInt16
    var baseCount: UInt16
    var isNew: Bool
  }

  /// The Maildir's folder.
  public let folder: [UInt8]
  private var bytes: [UInt8] = []
  private var entries: [Entry] = []

  /// Lists `new` and `cur`. A message that moves meanwhile is seen once, at least.
  public init(_ folder: [UInt8]) throws {
    self.folder = folder
    // `new` first: what moves between the two listings is seen in both rather than in none.
    try list("new")
    try list("cur")
    bytes.withByteSlice { all in
      entries.sort { a, b in
        let left = all.slice(a.offset, a.offset + Int(a.baseCount))
        let right = all.slice(b.offset, b.offset + Int(b.baseCount))
        let order = memcmp(left.base, right.base, min(left.count, right.count))
        if order != 0 { return order < 0 }
        if left.count != right.count { return left.count < right.count }
        if a.isNew != b.isNew { return b.isNew }
        return all.slice(a.offset, a.offset + Int(a.nameCount))
          .lexicographicallyPrecedes(all.slice(b.offset, b.offset + Int(b.nameCount)))
      }
      var kept = 0
      for index in entries.indices {
        let entry = entries[index]
        if kept > 0 {
          let before = entries[kept - 1]
          let same =
            all.slice(before.offset, before.offset + Int(before.baseCount))
            == all.slice(entry.offset, entry.offset + Int(entry.baseCount))
          if same { continue }
        }
        entries[kept] = entry
        kept += 1
      }
      entries.removeLast(entries.count - kept)
    }
  }

  public var count: Int { entries.count }

  /// Lends the base name of the message at `index`.
  public func withBase<R>(_ index: Int, _ body: (ByteSlice) throws -> R) rethrows -> R {
    let entry = entries[index]
    return try bytes.withByteSlice { try body($0.slice(entry.offset, entry.offset + Int(entry.baseCount))) }
  }

  /// The path of the message at `index`.
  public func path(_ index: Int) -> [UInt8] {
    let entry = entries[index]
    return folder.appending((entry.isNew ? "new/" : "cur/").utf8)
      + bytes[entry.offset..<entry.offset + Int(entry.nameCount)]
  }

  private mutating func list(_ box: StaticString) throws {
    let path = folder.appending(ByteSlice(box))
    do {
      try FolderListing.forEachEntry(in: path) { name, type in
        guard type == .file, MaildirName.mayBeMail(name), name.count <= Int(UInt16.max) else { return }
        entries.append(
          Entry(
            offset: bytes.count, nameCount: UInt16(name.count), baseCount: UInt16(MaildirName.base(name).count),
            isNew: box.utf8Start.pointee == 0x6E))
        bytes.append(contentsOf: name)
      }
    } catch let error as ArchiveError where error.kind == .missing {}
  }
}
