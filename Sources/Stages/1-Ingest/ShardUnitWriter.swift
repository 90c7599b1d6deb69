import ByteSlices
import Mail
import NDJSON
import Records
import Spool

/// A shard that is written but not committed.
struct WrittenShard: @unchecked Sendable {
  var writer: ShardWriter
  var sources: [ShardManifest.SourceRange]
  var messages: Int
  var bytes: Int
  var problems: [ArchiveProblem]
}

/// Reads a shard's messages, gives them their identity, and writes their lines. One a worker.
final class ShardUnitWriter {
  private let spool: SpoolFolder
  private let options: IngestOptions
  private let arena = Arena()
  private let buffer = ByteBuffer(capacity: 64 << 10)
  private let fingerprint = SourceFingerprint()
  private var problems: [ArchiveProblem] = []

  init(_ spool: SpoolFolder, _ options: IngestOptions) {
    self.spool = spool
    self.options = options
  }

  func write(_ unit: ShardUnit) throws -> WrittenShard {
    problems = []
    let writer = try ShardWriter(folder: spool, shard: unit.shard)
    var sources: [ShardManifest.SourceRange] = []
    for segment in unit.segments {
      do {
        let range =
          switch segment {
          case .mbox(let mbox) where mbox.text != nil: try compressed(mbox, writer)
          case .mbox(let mbox): try plain(mbox, writer)
          case .files(let files): try self.files(files, writer)
          }
        if range.messages > 0 { sources.append(range) }
      } catch let error as ArchiveError {
        problems.append(ArchiveProblem(error))
      }
    }
    return WrittenShard(
      writer: writer, sources: sources, messages: writer.output + writer.quarantined, bytes: unit.bytes,
      problems: problems)
  }

  private func range(
    _ path: [UInt8], _ kind: LineageFormat.Kind, embed: Bool, continues: Bool = false, start: Int = 0, end: Int = 0,
    messages: Int, fingerprint: String = ""
  ) -> ShardManifest.SourceRange {
    let (text, isLatin1) = LineageFormat.path(path)
    let format = LineageFormat(kind: kind, isEmbedded: embed, continues: continues, isLatin1: isLatin1)
    return .init(path: text, format: format.text, start: start, end: end, messages: messages, fingerprint: fingerprint)
  }

  /// Writes one message's line.
  private func record(
    _ raw: ByteSlice, _ source: MessageSource, received: Int? = nil, mayBeQuoted: Bool = true, embed: Bool,
    _ writer: ShardWriter
  ) throws {
    arena.reset()
    let canonical = CanonicalBytes.canonical(raw, format: source.format, arena: arena, mayBeQuoted: mayBeQuoted)
    let record = IngestRecord(
      id: MessageID(of: canonical), source: source, received: received,
      crc: embed ? nil : Checksum.crc32(canonical), isQuoted: !embed && source.format == .mbox && mayBeQuoted,
      raw: embed ? canonical : nil)
    record.encode(to: &writer.json)
    try writer.endRecord()
  }

  // MARK: mbox

  private func plain(_ segment: ShardUnit.MboxSegment, _ writer: ShardWriter) throws -> ShardManifest.SourceRange {
    let file = try OpenFile(segment.path)
    var end = segment.start
    var messages = 0
    do {
      try segment.path.withByteSlice { path in
        var window = ArchiveWindow(FileBytes(file, from: segment.start, to: segment.end), position: segment.start)
        for message in segment.messages {
          if message.damage != nil {
            try setAside(message, file, path, writer)
            let next = message.offset + message.length
            window = ArchiveWindow(FileBytes(file, from: next, to: segment.end), position: next)
          } else {
            try record(message, in: window, path, embed: segment.embed, writer)
          }
          end = message.offset + message.length
          messages += 1
        }
      }
    } catch let error as ArchiveError {
      // What was read so far has its lines, and needs its range; the next run sees that the file is another.
      problems.append(ArchiveProblem(error))
    }
    return range(
      segment.path, .mbox, embed: segment.embed, start: segment.start, end: end, messages: messages,
      fingerprint: (try? fingerprint.of(file, from: segment.start, to: end)) ?? "")
  }

  /// Writes the line of a message that lies ahead in the window, and moves the window past it.
  private func record(
    _ message: PlannedMessage, in window: ArchiveWindow, _ path: ByteSlice, embed: Bool, _ writer: ShardWriter
  ) throws {
    while window.position < message.offset {
      let separator = message.offset - window.position
      try window.fill(separator)
      if window.count == 0 { break }
      window.drop(separator)
    }
    try window.fill(message.length)
    guard window.position == message.offset, window.count >= message.length else {
      throw ArchiveError(
        .changed, path: path, offset: message.offset, detail: "shrank while it was read; the next run reads it afresh")
    }
    try record(
      window.bytes.prefix(message.length),
      MessageSource(path: path, format: .mbox, offset: message.offset, length: message.length),
      received: message.received, mayBeQuoted: message.mayBeQuoted, embed: embed, writer)
    window.drop(message.length)
  }

  private func setAside(_ message: PlannedMessage, _ file: OpenFile, _ path: ByteSlice, _ writer: ShardWriter) throws {
    let head = min(message.length, SetAside.keptBytes)
    buffer.removeAll()
    buffer.commit(try file.read(into: buffer.reserve(head), head, at: message.offset))
    writer.quarantine(
      id: nil, reason: SetAside.reason(message.damage ?? "", path: path, offset: message.offset), bytes: buffer.slice)
  }

  private func compressed(_ segment: ShardUnit.MboxSegment, _ writer: ShardWriter) throws -> ShardManifest.SourceRange {
    var rest = segment.text?.slice ?? .empty
    try segment.path.withByteSlice { path in
      for message in segment.messages {
        let kept = message.damage == nil ? message.length : min(message.length, SetAside.keptBytes)
        let raw = rest.prefix(kept)
        rest = rest.dropFirst(kept)
        if let damage = message.damage {
          writer.quarantine(id: nil, reason: SetAside.reason(damage, path: path, offset: message.offset), bytes: raw)
        } else {
          try record(
            raw, MessageSource(path: path, format: .mbox, offset: message.offset, length: message.length),
            received: message.received, mayBeQuoted: message.mayBeQuoted, embed: true, writer)
        }
      }
    }
    return range(
      segment.path, .mboxGzip, embed: segment.embed, continues: segment.continues, start: segment.start,
      end: segment.end, messages: segment.messages.count, fingerprint: segment.fingerprint)
  }

  // MARK: files

  private func files(_ segment: ShardUnit.FilesSegment, _ writer: ShardWriter) throws -> ShardManifest.SourceRange {
    var messages = 0
    for path in segment.paths {
      do {
        try file(path, segment, writer)
        messages += 1
      } catch let error as ArchiveError {
        if error.kind == .missing, segment.isMaildir, let moved = try movedPath(path, segment.folder) {
          try file(moved, segment, writer)
          messages += 1
        } else {
          problems.append(ArchiveProblem(error))
        }
      }
    }
    return range(segment.folder, segment.isMaildir ? .maildir : .eml, embed: segment.embed, messages: messages)
  }

  /// Where a message is that was flagged, or moved to `cur`, since the folder was listed.
  private func movedPath(_ path: [UInt8], _ folder: [UInt8]) throws -> [UInt8]? {
    let name = Array(path[((path.lastIndex(of: 0x2F) ?? -1) + 1)...])
    let listing = try MaildirListing(folder)
    return name.withByteSlice { name in
      (0..<listing.count).first { listing.withBase($0) { $0 == MaildirName.base(name) } }.map(listing.path)
    }
  }

  private func file(_ path: [UInt8], _ segment: ShardUnit.FilesSegment, _ writer: ShardWriter) throws {
    let archive = try OpenedArchive(path, buffer: buffer)
    let window = archive.whole == nil ? archive.text() : nil
    try window?.fill(options.messageLimit + 1)
    let raw = archive.whole ?? window?.bytes ?? .empty
    var damage = window?.damage
    if raw.count > options.messageLimit { damage = ArchiveReader.tooLarge(nil, options.messageLimit) }
    if archive.kind == .otherCompression { damage = archive.kind.whyPassedOver }
    try path.withByteSlice { name in
      if let damage {
        writer.quarantine(
          id: nil, reason: SetAside.reason(damage, path: name), bytes: raw.prefix(SetAside.keptBytes))
      } else {
        try record(
          raw, MessageSource(path: name, format: segment.isMaildir ? .maildir : .eml, length: raw.count),
          embed: segment.embed || archive.isCompressed, writer)
      }
      if let remark = window?.remark {
        problems.append(ArchiveProblem(path: name, reason: remark, isFailure: false))
      }
    }
  }
}
