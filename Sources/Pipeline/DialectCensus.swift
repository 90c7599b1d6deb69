import ByteSlices
import Mail
import Parse
import Records

/// Counts which dialects read the messages of archives.
public enum DialectCensus {
  /// Parses every message of the files and folders, and counts.
  ///
  /// - Throws: when a path can't be read, and when the run is interrupted.
  public static func tally(_ paths: [String], dialects: DialectSet) throws -> DialectTally {
    let parser = try MessageParser(dialects: dialects)
    let arena = Arena()
    var tally = DialectTally()
    for path in paths {
      try ArchiveReader.forEachMessage(in: path, arena: arena) { message in
        try Interruption.check()
        tally.add(
          parser.parse(
            message.bytes, id: MessageID(words: .zero), source: message.source, received: message.received))
      }
    }
    return tally
  }
}
