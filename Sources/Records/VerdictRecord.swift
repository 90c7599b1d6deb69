import ByteSlices
import NDJSON

/// One line of `spool/classify`: a message and its verdicts, one for each recipient, never none.
public struct VerdictRecord {
  /// Raised when the line changes its form or its meaning.
  public static let schema = 2

  public var id: MessageID
  public var source: MessageSource
  /// Seconds since 1970, UTC.
  public var time: Int?
  /// The gravest verdict's category.
  public var category: Category {
    guard var gravest = verdicts.first?.category else { return .userReply }
    for verdict in verdicts where verdict.category < gravest { gravest = verdict.category }
    return gravest
  }
  public var from: ByteSlice = .empty
  /// The address to which the mail came back.
  public var to: ByteSlice = .empty
  public var subject: ByteSlice = .empty
  /// Message-ID of the returned original, else of the message itself: names the campaign.
  public var messageID: ByteSlice = .empty
  /// Headers of the returned original that the configuration names (a subscriber's id, a campaign's).
  public var originalHeaders: [(name: ByteSlice, value: ByteSlice)] = []
  public var verdicts: [Verdict] = []
  /// What may be tokens of a return path, and when the message came: as in the parse record.
  public var tokens: [(name: ByteSlice, value: ByteSlice)] = []
  public var received: Int?
  /// What was odd about judging: `pattern_limit` when a pattern was given up on this message, as finding out whether it
  /// matches passed the limits of work.
  public var flags: [ByteSlice] = []

  public init(id: MessageID, source: MessageSource) {
    self.id = id
    self.source = source
  }

  /// Writes the record as one line.
  public func encode(to json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.id(id)
    json.key("source")
    source.encode(to: &json)
    json.field("time", time)
    json.key("category")
    json.string(category.rawValue)
    json.field("from", from)
    json.field("to", to)
    json.field("subject", subject)
    json.field("message_id", messageID)
    json.pairs("original_headers", originalHeaders)
    json.key("verdicts")
    json.beginArray()
    for verdict in verdicts { verdict.encode(to: &json) }
    json.endArray()
    json.pairs("tokens", tokens)
    json.field("received", received)
    json.list("flags", flags)
    json.endObject()
    json.endLine()
  }

  /// Reads a line. Slices point into the line or the arena.
  public init(line: ByteSlice, arena: Arena) throws {
    var json = JSONReader(line, arena)
    var id: MessageID?
    self.init(id: MessageID(words: .zero), source: MessageSource())
    try json.object { key, json in
      switch key {
      case _ where key == "id": id = try json.id()
      case _ where key == "source": source = try MessageSource(from: &json)
      case _ where key == "time": time = try json.int()
      case _ where key == "from": from = try json.string()
      case _ where key == "to": to = try json.string()
      case _ where key == "subject": subject = try json.string()
      case _ where key == "message_id": messageID = try json.string()
      case _ where key == "original_headers": originalHeaders = try json.pairs()
      case _ where key == "tokens": tokens = try json.pairs()
      case _ where key == "received": received = try json.int()
      case _ where key == "flags": try json.array { flags.append(try $0.string()) }
      case _ where key == "verdicts": try json.array { verdicts.append(try Verdict(from: &$0)) }
      default: try json.skip()
      }
    }
    self.id = try id.orMissing("id")
  }
}

/// What one message says of one recipient.
public struct Verdict {
  /// The domain in lower case, the local part as written; empty when the message names nobody.
  public var recipient: ByteSlice = .empty
  public var category: Category = .userReply
  public var reason: ByteSlice = .empty
  public var hard = false
  /// Enhanced status code (RFC 3463).
  public var status: ByteSlice = .empty
  /// SMTP reply code.
  public var reply: ByteSlice = .empty
  public var diagnostic: ByteSlice = .empty
  /// The id of the rule that decided.
  public var rule: ByteSlice = .empty
  /// The field in which the rule saw what it wanted: `diagnostic`, `text`, `subject`, `header.NAME`, `status` …
  public var field: ByteSlice = .empty
  public var foundIn: AddressProvenance?
  /// Another name of the same recipient, by which the subscriber may be known.
  public var alias: ByteSlice = .empty
  /// For redirect: where the person is now, when the message says so.
  public var newAddress: ByteSlice = .empty

  public init() {}

  func encode(to json: inout JSONWriter) {
    json.beginObject()
    json.field("recipient", recipient)
    json.key("category")
    json.string(category.rawValue)
    json.key("reason")
    json.string(reason)
    json.key("hard")
    json.bool(hard)
    json.field("status", status)
    json.field("reply", reply)
    json.field("diagnostic", diagnostic)
    json.key("rule")
    json.string(rule)
    json.field("field", field)
    json.field("found_in", foundIn?.rawValue)
    json.field("alias", alias)
    json.field("new_address", newAddress)
    json.endObject()
  }

  init(from json: inout JSONReader) throws {
    self.init()
    try json.object { key, json in
      switch key {
      case _ where key == "recipient": recipient = try json.string()
      case _ where key == "category":
        category = try Category(try json.string()).orMissing("category")
      case _ where key == "reason": reason = try json.string()
      case _ where key == "hard": hard = try json.bool()
      case _ where key == "status": status = try json.string()
      case _ where key == "reply": reply = try json.string()
      case _ where key == "diagnostic": diagnostic = try json.string()
      case _ where key == "rule": rule = try json.string()
      case _ where key == "field": field = try json.string()
      case _ where key == "found_in": foundIn = AddressProvenance(try json.string())
      case _ where key == "alias": alias = try json.string()
      case _ where key == "new_address": newAddress = try json.string()
      default: try json.skip()
      }
    }
  }
}
