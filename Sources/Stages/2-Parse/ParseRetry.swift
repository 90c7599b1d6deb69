import ByteSlices
import Mail
import Records
import Spool

/// Messages that could not be fetched when their shard was parsed: their archive was away, or another then.
public enum ParseRetry {
  /// Whether one of the messages that were set aside in a shard is where it should be by now, so that parsing the shard
  /// anew gives more. Looks no further than the first.
  public static func mayHelp(_ folder: SpoolFolder, _ shard: Int) throws -> Bool {
    let door = MessageDoor()
    let lines = Arena()
    let messages = Arena()
    var isBack = false
    try ShardReader().forEachQuarantined(folder, shard) { aside in
      guard !isBack else { return }
      lines.reset()
      messages.reset()
      guard let record = try? IngestRecord(line: aside.raw, arena: lines) else { return }
      isBack = (try? door.bytes(of: record, arena: messages)) != nil
    }
    return isBack
  }
}
