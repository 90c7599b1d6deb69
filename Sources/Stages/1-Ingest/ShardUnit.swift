import ByteSlices
import Mail
import Spool

/// A message of an mbox, by its place.
struct PlannedMessage {
  /// In bytes from the start of the archive's text.
  var offset: Int
  var length: Int
  var received: Int
  var mayBeQuoted: Bool
  /// Why it is set aside, when it is.
  var damage: String?
}

/// The messages that one shard gets, and where they are.
struct ShardUnit: @unchecked Sendable {
  /// A run of messages of one source.
  enum Segment {
    case mbox(MboxSegment)
    case files(FilesSegment)
  }

  struct MboxSegment {
    var path: [UInt8]
    /// From and to which byte of the text the messages and their separators reach.
    var start: Int
    var end: Int
    var messages: [PlannedMessage] = []
    var embed: Bool
    /// Of a compressed file: the messages' bytes, one after the other, as far as the limit allows; no file can give
    /// them again but by decompressing it from the start.
    var text: ByteBuffer?
    /// Of a compressed file.
    var fingerprint = ""
    var continues = false
  }

  struct FilesSegment {
    var folder: [UInt8]
    var isMaildir: Bool
    var embed: Bool
    var paths: [[UInt8]] = []
  }

  /// The shard's number.
  var shard: Int
  var segments: [Segment] = []
  var messages = 0
  var bytes = 0
}
