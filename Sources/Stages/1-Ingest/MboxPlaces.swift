import ByteSlices
import Records
import Spool

/// Where the messages of mboxes stand that shards hold, and which they are.
///
/// Keeps what the last shards said, of all their files: whoever goes through files in about the order in which they were
/// read has each shard read once, however many files it holds.
final class MboxPlaces {
  struct Place {
    let offset: Int
    let length: Int
    let id: MessageID
  }

  private static let mostShards = 2

  private let spool: SpoolFolder
  private let reader = ShardReader()
  private let arena = Arena()
  /// By path; the shard that was asked for last is last.
  private var known: [(shard: Int, files: [[UInt8]: [Place]])] = []

  init(_ spool: SpoolFolder) { self.spool = spool }

  /// The messages of a file that a shard holds, in their order; without those that were set aside.
  func places(of path: [UInt8], in shard: Int) throws -> [Place] {
    if let at = known.firstIndex(where: { $0.shard == shard }) {
      let found = known.remove(at: at)
      known.append(found)
      return found.files[path] ?? []
    }
    var files: [[UInt8]: [Place]] = [:]
    // Lines of one file follow each other.
    var current: (path: [UInt8], places: [Place]) = ([], [])
    try reader.forEachLine(spool, shard) { line in
      arena.reset()
      let record = try IngestRecord(line: line, arena: arena)
      guard record.source.format == .mbox else { return }
      if !current.path.withByteSlice({ $0 == record.source.path }) {
        if !current.places.isEmpty { files[current.path, default: []] += current.places }
        current = (Array(record.source.path), [])
      }
      current.places.append(Place(offset: record.source.offset, length: record.source.length, id: record.id))
    }
    if !current.places.isEmpty { files[current.path, default: []] += current.places }
    if known.count == Self.mostShards { known.removeFirst() }
    known.append((shard, files))
    return files[path] ?? []
  }
}
