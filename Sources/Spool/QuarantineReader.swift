import ByteSlices
import NDJSON

/// A record that was set aside.
public struct QuarantinedRecord {
  /// The message's id, where it has one.
  public var id: String?
  /// Why it could not be used, in words.
  public var reason = ""
  /// The bytes that there are: of ingest the message's first, of the other stages the line that they were given.
  public var raw = ByteSlice.empty
}

extension ShardReader {
  /// Lends each record that was set aside when a shard was made. Slices die when `body` returns.
  public func forEachQuarantined(
    _ folder: SpoolFolder, _ shard: Int, _ body: (QuarantinedRecord) throws -> Void
  ) throws {
    let path = folder.quarantinePath(shard)
    guard Files.exists(path) else { return }
    let arena = Arena()
    try forEachLine(in: path) { line in
      arena.reset()
      var json = JSONReader(line, arena)
      var record = QuarantinedRecord()
      try json.object { key, json in
        if key == "id" {
          record.id = String(try json.string())
        } else if key == "reason" {
          record.reason = String(try json.string())
        } else if key == "raw" {
          record.raw = try json.latin1()
        } else {
          try json.skip()
        }
      }
      try body(record)
    }
  }
}
