import ByteSlices
import Mail

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Decides which messages go into which shard: a cheap pass over the separators and file sizes, one shard at a time,
/// in the order of the sources. The borders follow from content alone, so it does not matter who writes which shard.
final class ShardPlanner {
  private let work: [SourceWork]
  private let options: IngestOptions
  private var index = 0
  private var nextShard: Int
  private var open: OpenMbox?
  private var maildirPosition = 0
  private(set) var problems: [ArchiveProblem] = []

  private struct OpenMbox {
    var splitter: MboxSplitter
    var window: ArchiveWindow
    var start: Int
  }

  init(_ work: [SourceWork], firstShard: Int, _ options: IngestOptions) {
    self.work = work
    self.options = options
    nextShard = firstShard
  }

  /// The messages for the next shard; nil when there are no more.
  func next() throws -> ShardUnit? {
    var unit = ShardUnit(shard: nextShard)
    while index < work.count, !isFull(unit) {
      let isDone: Bool
      do {
        switch work[index] {
        case .mbox(let path, let start, let embed):
          isDone = try mbox(.init(path: path, start: start, end: start, embed: embed), &unit)
        case .compressedMbox(let path, let start, let fingerprint, let embed):
          isDone = try mbox(
            .init(
              path: path, start: start, end: start, embed: embed, text: ByteBuffer(), fingerprint: fingerprint),
            &unit)
        case .maildir(let listing, let indexes, let embed): isDone = maildir(listing, indexes, embed, &unit)
        case .file(let path, let bytes, let embed):
          add(path, bytes, SourceCheck.folder(of: path), isMaildir: false, embed, &unit)
          isDone = true
        }
      } catch let error as ArchiveError {
        problems.append(ArchiveProblem(error))
        open = nil
        isDone = true
      }
      if isDone { index += 1 }
    }
    guard unit.messages > 0 else { return nil }
    nextShard += 1
    return unit
  }

  private func isFull(_ unit: ShardUnit) -> Bool {
    unit.bytes >= options.shardBytes || unit.messages >= options.shardMessages
  }

  // MARK: mbox

  /// Adds messages until the shard is full or the file ends; true in the latter case.
  private func mbox(_ empty: ShardUnit.MboxSegment, _ unit: inout ShardUnit) throws -> Bool {
    var segment = empty
    let mbox = try open ?? opened(segment)
    segment.start = mbox.start
    segment.end = mbox.start
    defer { if !segment.messages.isEmpty { unit.segments.append(.mbox(segment)) } }
    open = mbox
    while !isFull(unit) {
      guard let piece = try mbox.splitter.next() else {
        finish(mbox, segment.path)
        return true
      }
      let end = piece.offset + piece.length
      if end <= empty.start { continue }
      var message = PlannedMessage(
        offset: piece.offset, length: piece.length, received: piece.received, mayBeQuoted: piece.mayBeQuoted)
      if piece.isCut {
        message.damage = ArchiveReader.tooLarge(piece.length, options.messageLimit)
      } else if piece.isLast {
        message.damage = mbox.window.damage
      }
      segment.text?.append(message.damage == nil ? piece.raw : piece.raw.prefix(SetAside.keptBytes))
      segment.messages.append(message)
      segment.end = end
      segment.continues = !piece.isLast
      unit.messages += 1
      unit.bytes += piece.raw.count
    }
    open?.start = segment.end
    return false
  }

  private func opened(_ segment: ShardUnit.MboxSegment) throws -> OpenMbox {
    let window: ArchiveWindow
    let newline: UInt8
    if segment.text != nil {
      window = try OpenedArchive(segment.path, buffer: ByteBuffer(capacity: 64 << 10)).text()
      try window.fill(ArchiveKind.probe)
      newline = MboxSplitter.lineEnd(of: window.bytes.prefix(ArchiveKind.probe))
    } else {
      let file = try OpenFile(segment.path)
      let head = ArchiveWindow(FileBytes(file, to: ArchiveKind.probe))
      try head.fill(ArchiveKind.probe)
      newline = MboxSplitter.lineEnd(of: head.bytes)
      window = ArchiveWindow(FileBytes(file, from: segment.start), position: segment.start)
    }
    return OpenMbox(
      splitter: try MboxSplitter(
        window, newline: newline, limit: options.messageLimit,
        patience: segment.text == nil ? .max : 16 * options.messageLimit),
      window: window, start: segment.start)
  }

  private func finish(_ mbox: OpenMbox, _ path: [UInt8]) {
    open = nil
    if let damage = mbox.window.damage { problems.append(ArchiveProblem(path: path, reason: damage)) }
    if let remark = mbox.window.remark {
      problems.append(ArchiveProblem(path: path, reason: remark, isFailure: false))
    }
    if mbox.splitter.gaveUp {
      problems.append(ArchiveProblem(path: path, reason: "a message has no end in sight; what follows was not read"))
    }
  }

  // MARK: files

  private func maildir(_ listing: MaildirListing, _ indexes: [Int], _ embed: Bool, _ unit: inout ShardUnit) -> Bool {
    while maildirPosition < indexes.count {
      if isFull(unit) { return false }
      let path = listing.path(indexes[maildirPosition])
      maildirPosition += 1
      var status = stat()
      // What is gone by now is looked for when it is its turn to be read.
      let bytes = path.withCPath { stat($0, &status) } == 0 ? Int(status.st_size) : 0
      add(path, bytes, listing.folder, isMaildir: true, embed, &unit)
    }
    maildirPosition = 0
    return true
  }

  private func add(
    _ path: [UInt8], _ bytes: Int, _ folder: [UInt8], isMaildir: Bool, _ embed: Bool, _ unit: inout ShardUnit
  ) {
    unit.messages += 1
    unit.bytes += min(bytes, options.messageLimit)
    if case .files(var last) = unit.segments.last, last.folder == folder, last.isMaildir == isMaildir,
      last.embed == embed
    {
      unit.segments.removeLast()
      last.paths.append(path)
      unit.segments.append(.files(last))
    } else {
      unit.segments.append(.files(.init(folder: folder, isMaildir: isMaildir, embed: embed, paths: [path])))
    }
  }
}
