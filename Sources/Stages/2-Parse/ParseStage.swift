import ByteSlices
import Mail
import NDJSON
import Records
import Spool

/// Stage 2: turns a shard of found messages into a shard of evidence.
public enum ParseStage {
  /// Raised when the same message would give another record.
  public static let version = 3

  /// What a parse shard's bytes depend on beside its input shard.
  public static func keyParts(dialects digest: String, options: ParseOptions) -> [ShardKey.Part] {
    [
      ShardKey.Part("stage logic", "\(version)"),
      ShardKey.Part("record schema", "\(ParseRecord.schema)"),
      ShardKey.Part("dialects", digest),
      ShardKey.Part("configuration", options.fingerprint),
    ]
  }
}

/// One worker of the parse stage: reads a line of the ingest spool, fetches the message's bytes, parses them.
public final class ParseTransform: ShardTransform {
  private let parser: MessageParser
  private let door = MessageDoor()
  private let lineArena = Arena()
  private let messageArena = Arena()

  /// - Throws: `NoMemory`.
  public init(dialects: DialectSet, options: ParseOptions) throws {
    parser = try MessageParser(dialects: dialects, options: options)
  }

  /// Writes one parse record for the line. A message that is not where it was, or not what it was, is set aside with
  /// the reason.
  /// - Throws: `ArchiveError` when an archive can't be read though it is there, `SpoolError` when the disk fails.
  public func transform(_ line: ByteSlice, into output: ShardWriter) throws { _ = try parse(line, into: output) }

  /// The same, and lends the record that was written, until the next call; nil when the line was set aside.
  public func parse(_ line: ByteSlice, into output: ShardWriter) throws -> ParseRecord? {
    lineArena.reset()
    messageArena.reset()
    let record: IngestRecord
    do {
      record = try IngestRecord(line: line, arena: lineArena)
    } catch let error as JSONError {
      output.quarantine(id: nil, reason: "not a line of the ingest spool: \(error)", bytes: line)
      return nil
    }
    let bytes: ByteSlice
    do {
      bytes = try door.bytes(of: record, arena: messageArena)
    } catch let error as ArchiveError where error.kind == .missing || error.kind == .changed {
      output.quarantine(id: record.id.hex, reason: "\(error)", bytes: line)
      return nil
    }
    let parsed = parser.parse(bytes, id: record.id, source: record.source, received: record.received)
    parsed.encode(to: &output.json)
    try output.endRecord()
    return parsed
  }
}
