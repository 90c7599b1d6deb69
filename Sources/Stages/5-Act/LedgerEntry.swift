import ByteSlices
import Records

/// A line of the ledger: a message that is for a disposition.
struct LedgerEntry {
  enum State: String {
    case delivered
    /// Delivered, and since judged otherwise.
    case outdated
    case failed
  }

  /// What makes two entries one.
  struct Key: Hashable {
    /// The message's key in the database.
    var place: Int
    var disposition: String
  }

  var key: Key
  var message: MessageID
  /// nil for what is not in the ledger yet, or is to go from it.
  var state: State?
  /// Where the message lies.
  var location: Location
  /// `category/reason` of the first event that is for the disposition.
  var cause: String
  var rule: String
  /// Whom the message's events that are for the disposition name.
  var recipients: [String] = []
  /// The name of the file that was delivered.
  var place: String?
  /// Why it failed.
  var note: String?

  var disposition: String { key.disposition }

  /// The same with another state.
  func with(_ state: State?) -> LedgerEntry {
    var entry = self
    entry.state = state
    return entry
  }

  /// A place in an archive that owns its path.
  struct Location {
    var path: [UInt8] = []
    var format: ArchiveFormat = .eml
    var offset = 0
    var length = 0

    /// The same, with a path that lives in the arena.
    func source(_ arena: Arena) -> MessageSource {
      MessageSource(path: path.withByteSlice { arena.copy($0) }, format: format, offset: offset, length: length)
    }
  }
}
