import ByteSlices
import Mail
import Records
import Spool

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Compares what lies under the sources with what the spool holds, at a cost that does not grow with what was read
/// before: an mbox by its size, its stamp and a fingerprint, a Maildir by its base names, a single file by its identity.
struct SourceCheck {
  let lineage: Lineage
  private(set) var plan = IngestPlan()
  private(set) var work: [SourceWork] = []
  private(set) var cuts: [ShardCut] = []

  /// What the next run is to know of the files that this one reads, or knows to be unchanged.
  private(set) var stamps = SourceStamps()

  let former: SourceStamps
  private let spool: SpoolFolder
  private let options: IngestOptions
  private let fingerprint = SourceFingerprint()
  private let buffer = ByteBuffer(capacity: 64 << 10)
  private let arena = Arena()
  private let places: MboxPlaces

  private enum Item {
    case maildir(MaildirListing)
    case file([UInt8], isNamed: Bool)
  }

  init(
    _ sources: [IngestSource], _ spool: SpoolFolder, _ options: IngestOptions,
    former: SourceStamps = SourceStamps()
  ) throws {
    self.former = former
    self.spool = spool
    self.options = options
    places = MboxPlaces(spool)
    lineage = try Lineage(spool)
    var items: [(item: Item, embed: Bool)] = []
    var seen: Set<[UInt8]> = []
    var maildirs: [[UInt8]] = []
    var folders: Set<[UInt8]> = []
    for source in sources {
      try find(source) { item in
        switch item {
        case .maildir(let listing):
          guard seen.insert(listing.folder).inserted else { return }
          maildirs.append(listing.folder)
        case .file(let path, _):
          guard seen.insert(path).inserted else { return }
          folders.insert(Self.folder(of: path))
        }
        items.append((item, source.embed))
      }
    }
    let known = try KnownMessages(spool, lineage, maildirs: maildirs, folders: Array(folders))
    for (item, embed) in items {
      do {
        switch item {
        case .maildir(let listing): check(listing, known, embed)
        case .file(let path, let isNamed): try check(path, isNamed: isNamed, known, embed)
        }
      } catch let error as ArchiveError {
        plan.problems.append(ArchiveProblem(error))
      }
    }
    for (path, ranges) in lineage.files.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
    where !seen.contains(path) && sources.contains(where: { Lineage.isUnder(path, Array($0.path.utf8)) }) {
      let messages = ranges.reduce(0) { $0 + $1.messages }
      note(path, .removed, "gone; the \(messages) messages that were read stay")
    }
    stamps.keep(former) { lineage.files[$0] != nil }
    plan.rewrittenShards = Set(cuts.map(\.shard)).sorted()
  }

  static func folder(of path: [UInt8]) -> [UInt8] {
    path.lastIndex(of: 0x2F).map { Array(path[..<$0]) } ?? []
  }

  /// Every Maildir and file under a source.
  private mutating func find(_ source: IngestSource, _ body: (Item) -> Void) throws {
    let root = Array(source.path.utf8)
    var problems: [ArchiveProblem] = []
    do {
      try ArchiveWalk.walk(root, report: { problems.append($0) }) { item in
        switch item {
        case .file(let path): body(.file(path, isNamed: path == root))
        case .maildir(let folder):
          do { body(.maildir(try MaildirListing(folder))) } catch let error as ArchiveError {
            problems.append(ArchiveProblem(error))
          }
        }
      }
    } catch let error as ArchiveError {
      if error.kind == .missing, lineage.holdsAnything(under: root) {
        problems.append(ArchiveProblem(path: root, reason: "gone; what was read of it stays", isFailure: false))
      } else {
        problems.append(ArchiveProblem(error))
      }
    }
    plan.problems += problems
  }

  private mutating func note(
    _ path: [UInt8], _ state: IngestPlan.State, _ reason: String, bytes: Int = 0, messages: Int? = nil
  ) {
    plan.entries.append(
      .init(path: String(decoding: path, as: UTF8.self), state: state, reason: reason, bytes: bytes, messages: messages)
    )
  }

  // MARK: Maildir

  private mutating func check(_ listing: MaildirListing, _ known: KnownMessages, _ embed: Bool) {
    var new: [Int] = []
    listing.folder.withByteSlice { folder in
      for index in 0..<listing.count where listing.withBase(index, { !known.holds(folder, base: $0) }) {
        new.append(index)
      }
    }
    let wasRead = lineage.maildirs[listing.folder] != nil
    if new.isEmpty {
      return note(listing.folder, .unchanged, "no new base name among \(listing.count)", messages: 0)
    }
    note(
      listing.folder, wasRead ? .grown : .new,
      wasRead ? "\(new.count) new base names among \(listing.count)" : "a Maildir of \(new.count) messages, never read",
      messages: new.count)
    work.append(.maildir(listing, indexes: new, embed: embed))
  }

  // MARK: files

  private mutating func check(_ path: [UInt8], isNamed: Bool, _ known: KnownMessages, _ embed: Bool) throws {
    if let ranges = lineage.files[path], let last = ranges.last {
      let file = try OpenFile(path)
      let status = try file.status()
      let size = Int(status.st_size)
      if size == 0 {
        let read = ranges.reduce(0) { $0 + $1.messages }
        return note(path, .removed, "emptied; the \(read) messages that were read stay")
      }
      if last.format.kind == .mboxGzip { return try checkCompressed(path, file, size, ranges, last, embed) }
      let stamp = SourceStamps.Stamp(status)
      stamps[path] = stamp
      if size == last.end, isContiguous(ranges), former.provesUntouched(path, stamp) {
        return note(path, .unchanged, "not touched since its \(size) bytes were read", messages: 0)
      }
      return try checkMbox(path, file, stamp, ranges, last, embed)
    }
    let archive = try OpenedArchive(path, buffer: buffer)
    if let file = known.files[path] {
      if try isSame(archive, as: file) { return note(path, .unchanged, "the same message", messages: 0) }
      cuts.append(ShardCut(shard: file.shard, path: path, lines: .file))
      note(path, .changed, "another message than the one that was read; it is read afresh")
      return try add(path, archive, isNamed: isNamed, embed, note: false)
    }
    try add(path, archive, isNamed: isNamed, embed, note: true)
  }

  /// Takes up a file that is not in the spool.
  private mutating func add(
    _ path: [UInt8], _ archive: OpenedArchive, isNamed: Bool, _ embed: Bool, note isNoted: Bool
  ) throws {
    let file = try OpenFile(path)
    let status = try file.status()
    let size = Int(status.st_size)
    switch archive.kind {
    case .mbox where archive.isCompressed:
      guard let print = try fingerprint.of(file, from: 0, to: size) else { return }
      work.append(.compressedMbox(path: path, start: 0, fingerprint: print, embed: embed))
      if isNoted { note(path, .new, "a compressed mbox, never read", bytes: size) }
    case .mbox:
      stamps[path] = SourceStamps.Stamp(status)
      work.append(.mbox(path: path, start: 0, embed: embed))
      if isNoted { note(path, .new, "an mbox, never read", bytes: size) }
    case .empty where !archive.isCompressed || archive.text().damage == nil:
      if isNoted { note(path, .unchanged, "empty") }
    case .notMail where !isNamed, .otherCompression where !isNamed:
      if let why = archive.kind.whyPassedOver {
        plan.problems.append(ArchiveProblem(path: path, reason: why, isFailure: archive.kind == .otherCompression))
      }
    case .message, .gzip, .notMail, .otherCompression, .empty:
      work.append(.file(path: path, bytes: size, embed: embed))
      if isNoted { note(path, .new, "a message, never read", bytes: size, messages: 1) }
    }
  }

  private func isSame(_ archive: OpenedArchive, as file: KnownMessages.File) throws -> Bool {
    arena.reset()
    let window = archive.whole == nil ? archive.text() : nil
    try window?.fill(options.messageLimit + 1)
    let raw = archive.whole ?? window?.bytes ?? .empty
    let isUsable = raw.count <= options.messageLimit && window?.damage == nil
    if file.isQuarantined { return !isUsable }
    return isUsable && MessageID(of: CanonicalBytes.canonical(raw, format: .eml, arena: arena)) == file.id
  }

  // MARK: mbox

  private mutating func checkCompressed(
    _ path: [UInt8], _ file: OpenFile, _ size: Int, _ ranges: [Lineage.Range], _ last: Lineage.Range, _ embed: Bool
  ) throws {
    guard let print = try fingerprint.of(file, from: 0, to: size) else { return }
    if isContiguous(ranges), ranges.allSatisfy({ $0.fingerprint == print }) {
      if !last.format.continues { return note(path, .unchanged, "the same file", messages: 0) }
      note(path, .grown, "an earlier run was interrupted at byte \(last.end) of the text", bytes: size)
      return work.append(.compressedMbox(path: path, start: last.end, fingerprint: print, embed: embed))
    }
    readAfresh(path, ranges, size, "another file than the one that was read")
    let archive = try OpenedArchive(path, buffer: buffer)
    try add(path, archive, isNamed: true, embed, note: false)
  }

  private mutating func checkMbox(
    _ path: [UInt8], _ file: OpenFile, _ stamp: SourceStamps.Stamp, _ ranges: [Lineage.Range], _ last: Lineage.Range,
    _ embed: Bool
  ) throws {
    let size = stamp.size
    var change = try changeBefore(last.end, file, ranges, size)
    if change == nil, size == last.end, former.mayBeTouched(path, stamp) { change = try editedMessage(path, ranges) }
    if let reason = change {
      readAfresh(path, ranges, size, reason)
      let archive = try OpenedArchive(path, buffer: buffer)
      return try add(path, archive, isNamed: true, embed, note: false)
    }
    if size == last.end { return note(path, .unchanged, "no byte more than the \(size) that were read", messages: 0) }
    switch try MboxEnd.after(last.end, in: file) {
    case .blank:
      note(path, .unchanged, "only blank lines after the \(last.end) bytes that were read", messages: 0)
    case .separator:
      let bytes = size - last.end
      note(path, .grown, "grew by \(bytes) bytes after the \(last.end) that were read", bytes: bytes)
      work.append(.mbox(path: path, start: last.end, embed: embed))
    case .text:
      guard let from = try startOfLastMessage(path, file, last) else {
        readAfresh(path, ranges, size, "its last message can't be found in shard \(SpoolFolder.name(last.shard))")
        return work.append(.mbox(path: path, start: 0, embed: embed))
      }
      let print = try fingerprint.of(file, from: last.start, to: from) ?? ""
      cuts.append(ShardCut(shard: last.shard, path: path, lines: .mbox(from: from), fingerprint: print))
      note(path, .grown, "its last message, at byte \(from), was still being written", bytes: size - from)
      work.append(.mbox(path: path, start: from, embed: embed))
    }
  }

  private func isContiguous(_ ranges: [Lineage.Range]) -> Bool {
    var end = 0
    for range in ranges {
      if range.start != end { return false }
      end = range.end
    }
    return true
  }

  /// What makes the bytes that were read others than they were; nil when nothing does.
  private func changeBefore(_ end: Int, _ file: OpenFile, _ ranges: [Lineage.Range], _ size: Int) throws -> String? {
    if !isContiguous(ranges) { return "an earlier run was interrupted while it replaced this" }
    if size < end { return "shorter than the \(end) bytes that were read" }
    for range in ranges {
      if try fingerprint.of(file, from: range.start, to: range.end) != range.fingerprint {
        return "changed between the bytes \(range.start) and \(range.end), which were read"
      }
    }
    return nil
  }

  /// The same for a file of the same size that something has touched since: message by message.
  private func editedMessage(_ path: [UInt8], _ ranges: [Lineage.Range]) throws -> String? {
    let door = MessageDoor()
    for shard in Set(ranges.map(\.shard)).sorted() {
      for place in try places.places(of: path, in: shard) {
        arena.reset()
        let isSame = try path.withByteSlice { path in
          let source = MessageSource(path: path, format: .mbox, offset: place.offset, length: place.length)
          do {
            _ = try door.bytes(of: source, id: place.id, arena: arena)
            return true
          } catch let error as ArchiveError where error.kind == .changed {
            return false
          }
        }
        if !isSame { return "the message at byte \(place.offset) was edited in place" }
      }
    }
    return nil
  }

  /// Takes what was read of a file out of the spool. Not so what was embedded: it was, so that it outlives its mailbox.
  private mutating func readAfresh(_ path: [UInt8], _ ranges: [Lineage.Range], _ size: Int, _ reason: String) {
    let stays = ranges.contains { $0.format.isEmbedded }
    if !stays { cuts += ranges.map { ShardCut(shard: $0.shard, path: path, lines: .mbox(from: 0)) } }
    note(
      path, .changed, "\(reason); it is read afresh\(stays ? ", and what was embedded stays" : "")", bytes: size)
  }

  /// Where the separator of the last message stands that was read.
  private func startOfLastMessage(_ path: [UInt8], _ file: OpenFile, _ range: Lineage.Range) throws -> Int? {
    var last = try places.places(of: path, in: range.shard).map(\.offset).max()
    let name = String(decoding: path, as: UTF8.self)
    try SetAside.forEach(spool, range.shard, ShardReader()) { path, offset, _, _, _ in
      if path == name, let offset { last = max(last ?? 0, offset) }
    }
    guard let last, last >= range.start, last <= range.end else { return nil }
    return try MboxEnd.startOfLine(before: last, in: file)
  }
}
