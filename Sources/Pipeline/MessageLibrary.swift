import ByteSlices
import Mail
import Records
import Spool

/// Gets the bytes of a message that was ingested: from the ingest shard where they were embedded, else from the
/// archive, checked against the id.
final class MessageLibrary {
  private let spool: SpoolFolder
  private let door = MessageDoor()
  private let reader = ShardReader()
  private let arena = Arena()
  private let lineArena = Arena()
  /// The embedded messages of one shard.
  private var shard = -1
  private var embedded: [MessageID: [UInt8]] = [:]
  private var lent: [UInt8] = []

  init(spool: SpoolFolder) { self.spool = spool }

  /// The canonical bytes; valid until the next call.
  ///
  /// - Throws: an error that names the file, when the message is gone or has changed.
  func bytes(of source: MessageSource, id: MessageID, shard: Int) throws -> ByteSlice {
    arena.reset()
    if shard != self.shard { try open(shard) }
    guard let raw = embedded[id] else { return try door.bytes(of: source, id: id, arena: arena) }
    return raw.withByteSlice { arena.copy($0) }
  }

  private func open(_ shard: Int) throws {
    embedded.removeAll()
    self.shard = shard
    guard Files.exists(spool.dataPath(shard)) else { return }
    // Lines of embedded sources hold "raw"; a shard whose first line has none may still hold some further on.
    try reader.forEachLine(spool, shard) { line in
      guard line.contains("\"raw\":\"") else { return }
      lineArena.reset()
      let record = try IngestRecord(line: line, arena: lineArena)
      if let raw = record.raw { embedded[record.id] = Array(raw) }
    }
  }
}
