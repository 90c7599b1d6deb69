import ByteSlices
import Records

/// A message as an archive yields it.
public struct ArchivedMessage {
  /// The canonical bytes.
  public var bytes: ByteSlice
  public var source: MessageSource
  /// The mbox separator's date, in seconds since 1970.
  public var received: Int?
  /// True when the bytes come out of a compressed file: they can't be read again at an offset.
  public var isCompressed: Bool
  /// Why the bytes are not all that the message has: too large, or the file ends early.
  public var damage: String?
  /// True when the message has more bytes than the limit.
  public var isCut = false
}

/// Reads all messages of a file or folder, whatever its format, in memory that does not depend on its size.
///
/// ```swift
/// try ArchiveReader.forEachMessage(in: "samples/inbox.mbox.gz", arena: arena) { message in
///   print(MessageID(of: message.bytes).hex, message.source.offset)
/// }
/// ```
public final class ArchiveReader {
  /// What is larger is cut, unless told otherwise.
  public static let defaultLimit = 64 << 20

  private let buffer = ByteBuffer(capacity: 64 << 10)
  private let limit: Int
  private let arena: Arena
  private let report: (ArchiveProblem) -> Void

  init(limit: Int, arena: Arena, report: @escaping (ArchiveProblem) -> Void) {
    self.limit = max(limit, 1)
    self.arena = arena
    self.report = report
  }

  /// Lends each message to `body`, in the order of the archive. A file that is named yields at least one message,
  /// whatever is in it; a folder's files only when they look like mail.
  ///
  /// - Parameters:
  ///   - path: A file, a folder, a Maildir, or a pipe.
  ///   - limit: The most bytes of a message that are read.
  ///   - arena: Reset before each message; slices are valid until `body` returns.
  ///   - report: Told what was passed over or is damaged.
  /// - Throws: `ArchiveError` when the path itself can't be read, and what `body` throws.
  public static func forEachMessage(
    in path: String, limit: Int = defaultLimit, arena: Arena, report: (ArchiveProblem) -> Void = { _ in },
    body: (ArchivedMessage) throws -> Void
  ) throws {
    let root = Array(path.utf8)
    try withoutActuallyEscaping(report) { report in
      let reader = ArchiveReader(limit: limit, arena: arena, report: report)
      if FolderListing.type(of: root) != .folder { return try reader.file(root, isNamed: true, body) }
      try ArchiveWalk.walk(root, report: report) { item in
        switch item {
        case .file(let path): try reader.tolerantly { try reader.file(path, isNamed: false, body) }
        case .maildir(let folder): try reader.maildir(folder, body)
        }
      }
    }
  }

  private func maildir(_ folder: [UInt8], _ body: (ArchivedMessage) throws -> Void) throws {
    var listing: MaildirListing?
    try tolerantly { listing = try MaildirListing(folder) }
    guard let listing else { return }
    for index in 0..<listing.count {
      try tolerantly { try file(listing.path(index), isNamed: true, format: .maildir, body) }
    }
  }

  /// Reports what can't be read, and goes on.
  private func tolerantly(_ work: () throws -> Void) throws {
    do { try work() } catch let error as ArchiveError { report(ArchiveProblem(error)) }
  }

  /// Reads one file.
  private func file(
    _ path: [UInt8], isNamed: Bool, format: ArchiveFormat? = nil, _ body: (ArchivedMessage) throws -> Void
  ) throws {
    let archive = try OpenedArchive(path, buffer: buffer)
    var kind = archive.kind
    if format == .maildir {
      kind = .message
    } else if kind != .mbox, kind != .message {
      if !isNamed {
        if let why = kind.whyPassedOver {
          report(ArchiveProblem(path: path, reason: why, isFailure: kind == .otherCompression))
        }
        return
      }
      kind = .message
    }
    try path.withByteSlice { name in
      let single = format ?? (MaildirName.split(name) == nil ? .eml : .maildir)
      if kind == .mbox {
        try mbox(name, archive, body)
      } else {
        try message(MessageSource(path: name, format: single), archive, body)
      }
    }
  }

  private func message(
    _ source: MessageSource, _ archive: OpenedArchive, _ body: (ArchivedMessage) throws -> Void
  ) throws {
    arena.reset()
    var raw = archive.whole ?? .empty
    var damage: String?
    // Keeps the bytes until the body has seen them.
    let window = archive.whole == nil ? archive.text() : nil
    if let window {
      try window.fill(limit + 1)
      raw = window.bytes
      damage = window.damage
      remark(window, source.path)
    }
    let isCut = raw.count > limit
    if isCut {
      damage = Self.tooLarge(nil, limit)
      raw = raw.prefix(limit)
    }
    var source = source
    source.length = raw.count
    try withExtendedLifetime(window) {
      try body(
        ArchivedMessage(
          bytes: CanonicalBytes.canonical(raw, format: source.format, arena: arena), source: source,
          isCompressed: archive.isCompressed, damage: damage, isCut: isCut))
    }
  }

  private func mbox(_ path: ByteSlice, _ archive: OpenedArchive, _ body: (ArchivedMessage) throws -> Void) throws {
    let window = archive.text()
    try window.fill(ArchiveKind.probe)
    let patience = archive.isCompressed ? 16 * limit : Int.max
    let splitter = try MboxSplitter(
      window, newline: MboxSplitter.lineEnd(of: window.bytes), limit: limit, patience: patience)
    while let piece = try splitter.next() {
      arena.reset()
      var damage = piece.isLast ? window.damage : nil
      if piece.isCut { damage = Self.tooLarge(piece.length, limit) }
      try body(
        ArchivedMessage(
          bytes: CanonicalBytes.canonical(
            piece.raw, format: .mbox, arena: arena, mayBeQuoted: piece.mayBeQuoted),
          source: MessageSource(path: path, format: .mbox, offset: piece.offset, length: piece.length),
          received: piece.received, isCompressed: archive.isCompressed, damage: damage, isCut: piece.isCut))
    }
    remark(window, path)
    if splitter.gaveUp {
      report(
        ArchiveProblem(path: path, reason: "a message does not end within \(patience) bytes; the rest was not read"))
    }
  }

  private func remark(_ window: ArchiveWindow, _ path: ByteSlice) {
    if let damage = window.damage { report(ArchiveProblem(path: path, reason: damage)) }
    if let remark = window.remark { report(ArchiveProblem(path: path, reason: remark, isFailure: false)) }
  }

  package static func tooLarge(_ length: Int?, _ limit: Int) -> String {
    "the message has \(length.map { "\($0)" } ?? "more") bytes, over the limit of \(limit)"
  }
}

extension ArchiveKind {
  /// Why a file of this kind yields no mail, in words; nil where that needs none.
  package var whyPassedOver: String? {
    switch self {
    case .mbox, .message, .gzip, .empty: nil
    case .otherCompression: "packed in another way than gzip; unpack it, or pack it with gzip"
    case .notMail: "does not look like mail"
    }
  }
}
