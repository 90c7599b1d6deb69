import ByteSlices
import Mail
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
  /// What has been parsed, and not been lent yet, and how many bytes its messages have.
  private let records = UnsafeMutablePointer<ParseRecord>.allocate(capacity: mostRecords)
  private var recordCount = 0
  private var heldBytes = 0

  /// So much is held before it is lent: enough that the tables of both sides are seldom fetched into the cache again.
  private static let mostRecords = 256
  private static let mostBytes = 512 << 10

  /// - Throws: `NoMemory`.
  public init(dialects: DialectSet, options: ParseOptions) throws {
    parser = try MessageParser(dialects: dialects, options: options)
  }

  deinit {
    records.deinitialize(count: recordCount)
    records.deallocate()
  }

  /// Writes one parse record for the line. A message that is not where it was, or not what it was, is set aside with
  /// the reason.
  /// - Throws: `ArchiveError` when an archive can't be read though it is there, `SpoolError` when the disk fails.
  public func transform(_ line: ByteSlice, into output: ShardWriter) throws {
    try parse(line, into: output) { _ in }
    release()
  }

  /// The same; what is parsed is lent to `body`, in its order, several records at a time. Whoever works on them takes
  /// turns with the parser so, rather than driving its tables out of the cache with every message, and the other way
  /// round. What is left at the end, `lendRest` lends.
  public func parse(
    _ line: ByteSlice, into output: ShardWriter, _ body: (ParseRecord) throws -> Void
  ) throws {
    if recordCount == 0 { release() }
    guard var found = decode(line, output) else { return }
    if recordCount > 0, !door.isAtHand(found) {
      // What is held lies where the next bytes will.
      try lendRest(body)
      guard let again = decode(line, output) else { return }
      found = again
    }
    var bytes: ByteSlice
    do {
      bytes = try door.bytes(of: found, arena: messageArena)
    } catch let error as ArchiveError where error.kind == .missing || error.kind == .changed {
      return output.quarantine(id: found.id.hex, reason: "\(error)", bytes: line)
    }
    if found.raw != nil { bytes = messageArena.copy(bytes) }
    found.source.path = lineArena.copy(found.source.path)
    let record = parser.parse(
      bytes, id: found.id, source: found.source, received: found.received, keeping: recordCount > 0)
    record.encode(to: &output.json)
    try output.endRecord()
    (records + recordCount).initialize(to: record)
    recordCount += 1
    heldBytes += bytes.count
    if recordCount == Self.mostRecords || heldBytes >= Self.mostBytes { try lendRest(body) }
  }

  /// Lends what has been parsed since records were last lent.
  public func lendRest(_ body: (ParseRecord) throws -> Void) throws {
    for i in 0..<recordCount { try body(records[i]) }
    release()
  }

  private func decode(_ line: ByteSlice, _ output: ShardWriter) -> IngestRecord? {
    do {
      return try IngestRecord(line: line, arena: lineArena)
    } catch {
      output.quarantine(id: nil, reason: "not a line of the ingest spool: \(error)", bytes: line)
      return nil
    }
  }

  private func release() {
    records.deinitialize(count: recordCount)
    recordCount = 0
    heldBytes = 0
    lineArena.reset()
    messageArena.reset()
  }
}
