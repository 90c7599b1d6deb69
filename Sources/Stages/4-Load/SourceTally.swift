import ByteSlices
import GRDB
import NDJSON
import Records
import Store

/// Gives the files and folders of a shard's messages their numbers, and counts the messages of each.
final class SourceTally {
  /// Where a message lies: its row in `sources`, and the base name when that is a folder.
  struct Place {
    var source: Int
    var file: ByteSlice?
  }

  private struct Source {
    var format: ArchiveFormat
    var path: ByteSlice
    var messages = 0
  }

  private let db: Database
  private let stableID: (ByteSlice) -> Int
  private let arena = Arena(blockSize: 16 << 10)
  private let name = ByteBuffer(capacity: 512)
  private var sources: [Int: Source] = [:]
  private var gone: [Int: Int] = [:]
  private var last: (id: Int, source: Source)?

  init(_ db: Database, _ stableID: @escaping (ByteSlice) -> Int) throws {
    self.db = db
    self.stableID = stableID
  }

  /// Counts a message where it lies.
  func place(_ source: MessageSource) throws -> Place {
    let slash = source.format == .mbox ? nil : source.path.lastIndex(of: 0x2F)
    // The folder of a file in the root is "/", that of a bare name is empty.
    let path = source.format == .mbox ? source.path : source.path.prefix(slash.map { max($0, 1) } ?? 0)
    let file = source.format == .mbox ? nil : source.path.dropFirst(slash.map { $0 + 1 } ?? 0)
    if let last, last.source.format == source.format, last.source.path == path {
      self.last?.source.messages += 1
      return Place(source: last.id, file: file)
    }
    keepLast()
    name.removeAll()
    name.append(source.format.rawValue)
    name.append(0)
    name.append(path)
    let id = stableID(name.slice)
    let known = sources[id] ?? Source(format: source.format, path: arena.copy(path))
    guard known.format == source.format, known.path == path else { throw LoadError.sourceTwins(String(path)) }
    last = (id, known)
    last?.source.messages += 1
    return Place(source: id, file: file)
  }

  /// Takes messages out of a source.
  func remove(_ source: Int, count: Int) { gone[source, default: 0] += count }

  /// Writes the sources and their counts, and deletes those that have no message left.
  func flush() throws {
    keepLast()
    let upsert = try BulkStatement(
      db,
      """
      INSERT INTO sources (id, format, path, messages) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET messages = messages + excluded.messages
        WHERE format = excluded.format AND path = excluded.path
      """)
    for (id, source) in sources.sorted(by: { $0.key < $1.key }) {
      upsert.bind(0, id)
      upsert.bind(1, source.format.rawValue)
      upsert.bind(path: source.path, 2)
      upsert.bind(3, source.messages)
      guard try upsert.run() == 1 else { throw LoadError.sourceTwins(String(source.path)) }
    }
    for (id, count) in gone.sorted(by: { $0.key < $1.key }) {
      try db.execute(sql: "UPDATE sources SET messages = messages - ? WHERE id = ?", arguments: [count, id])
      try db.execute(sql: "DELETE FROM sources WHERE id = ? AND messages <= 0", arguments: [id])
    }
    sources.removeAll()
    gone.removeAll()
  }

  private func keepLast() {
    if let last { sources[last.id] = last.source }
    last = nil
  }
}

extension BulkStatement {
  /// A path is text, but for one that is not UTF-8: other programs choke on such text, so it is a blob.
  func bind(path: ByteSlice?, _ index: Int) {
    guard let path else { return bindNull(index) }
    if path.isASCII || UTF8Sequence.isValid(path) { bind(text: path, index) } else { bind(blob: path, index) }
  }
}
