import ByteSlices
import Mail

/// Something that is to be read, in full or from where the last run stopped.
enum SourceWork {
  /// An mbox, from the byte `start` on.
  case mbox(path: [UInt8], start: Int, embed: Bool)
  /// A compressed mbox; what lies before `start` in its text was read. The fingerprint is that of the whole file.
  case compressedMbox(path: [UInt8], start: Int, fingerprint: String, embed: Bool)
  /// Those messages of a Maildir that are new.
  case maildir(MaildirListing, indexes: [Int], embed: Bool)
  /// One file, one message.
  case file(path: [UInt8], bytes: Int, embed: Bool)
}

/// Lines that a shard must lose, because what they point at changed.
struct ShardCut: Equatable {
  enum Lines: Equatable {
    /// Those of an mbox from an offset on; all, from 0.
    case mbox(from: Int)
    /// That of a single-message file.
    case file
  }

  var shard: Int
  var path: [UInt8]
  var lines: Lines
  /// For what is left of an mbox's range: its new fingerprint.
  var fingerprint = ""
}
