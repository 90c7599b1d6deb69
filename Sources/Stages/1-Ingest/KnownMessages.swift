import ByteSlices
import Mail
import Records
import Spool

/// Which files the spool already holds: those of Maildirs by base name, other single-message files by path.
///
/// Taken from the shards' own lines, so it cannot be out of step with them. Twenty thousand take some 30 ms.
struct KnownMessages {
  /// What is known of a single-message file.
  struct File {
    var id: MessageID
    var shard: Int
    /// It was set aside: nothing tells whether it changed, but its being there.
    var isQuarantined: Bool
  }

  /// The hash stands for the name: 32 bytes are less than most names, and don't collide.
  private var maildir: Set<MessageID> = []
  private(set) var files: [[UInt8]: File] = [:]
  private let key = ByteBuffer()

  /// Reads the lines of the shards that hold any of these folders.
  init(_ spool: SpoolFolder, _ lineage: Lineage, maildirs: [[UInt8]], folders: [[UInt8]]) throws {
    var shards: Set<Int> = []
    for folder in maildirs { shards.formUnion(lineage.maildirs[folder] ?? []) }
    for folder in folders { shards.formUnion(lineage.folders[folder] ?? []) }
    let reader = ShardReader()
    let arena = Arena()
    for shard in shards.sorted() {
      try reader.forEachLine(spool, shard) { line in
        arena.reset()
        let record = try IngestRecord(line: line, arena: arena)
        add(record.source.path, record.source.format, File(id: record.id, shard: shard, isQuarantined: false))
      }
      try SetAside.forEach(spool, shard, reader) { path, offset, _, _, _ in
        guard offset == nil else { return }
        let file = File(id: MessageID(words: .zero), shard: shard, isQuarantined: true)
        path.withByteSlice { path in
          add(path, .eml, file)
          add(path, .maildir, file)
        }
      }
    }
  }

  private mutating func add(_ path: ByteSlice, _ format: ArchiveFormat, _ file: File) {
    switch format {
    case .maildir:
      if let (folder, name) = MaildirName.split(path) { maildir.insert(digest(folder, MaildirName.base(name))) }
    case .eml: files[Array(path)] = file
    case .mbox: break
    }
  }

  /// True when a Maildir's message was read before, under whatever flags.
  func holds(_ folder: ByteSlice, base: ByteSlice) -> Bool { maildir.contains(digest(folder, base)) }

  private func digest(_ folder: ByteSlice, _ base: ByteSlice) -> MessageID {
    key.removeAll()
    key.append(folder)
    key.append(0x2F)
    key.append(base)
    return MessageID(of: key.slice)
  }
}
