import ByteSlices
import Crypto
import Records

/// A line of the ledger: a message, or an event of it, that is for a disposition.
struct LedgerEntry {
  enum State: String {
    case delivered
    /// Delivered, and since judged otherwise.
    case outdated
    /// Tried in vain; later runs try again.
    case failed
    /// Not tried yet: a limit was reached, or the place had failed others before.
    case waiting
    /// Arrived where it was moved to, and still in the source.
    case copied
    /// Tried in vain too often or for too long, or refused for good.
    case givenUp = "given_up"
  }

  /// What makes two entries one.
  struct Key: Hashable {
    /// The message's key in the database.
    var place: Int
    var disposition: String
    /// `recipient category/reason` for a disposition that gets events; empty for one that gets messages.
    var event = ""
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
  /// What it is called where it was delivered.
  var place: String?
  /// Why it failed.
  var note: String?
  /// In how many runs it was tried in vain.
  var attempts = 0
  /// When it first failed, in seconds since 1970.
  var failedSince: Double?
  /// The message's time, in seconds since 1970.
  var time: Int?
  /// What a disposition that gets events is told.
  var facts = EventFacts()
  /// The event's key in the database, where facts are wanted.
  var eventKey: Int?

  var disposition: String { key.disposition }

  /// What a receiver tells a repeat by: the beginning of the SHA-256 of message, disposition and event, in hexadecimal.
  var deliveryKey: String {
    let digest = SHA256.hash(data: Array("\(message.hex)\n\(disposition)\n\(key.event)".utf8))
    return digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

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
