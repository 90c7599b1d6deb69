import ByteSlices
import NDJSON

extension ParseRecord {
  /// Writes the record as one line.
  public func encode(to json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.id(id)
    json.key("source")
    source.encode(to: &json)
    json.field("time", time)
    json.key("kind")
    json.string(kind.rawValue)
    json.field("dialect", dialect)
    json.field("from", from)
    json.field("from_name", fromName)
    json.field("envelope_sender", envelopeSender)
    json.field("to", to)
    if let returnAddress {
      json.key("return_address")
      returnAddress.encode(to: &json)
    }
    json.field("subject", subject)
    json.field("message_id", messageID)
    json.pairs("headers", headers)
    json.field("text", text)
    json.field("quoted", quoted)
    json.list("mentioned", mentioned)
    if !recipients.isEmpty {
      json.key("recipients")
      json.beginArray()
      for recipient in recipients { recipient.encode(to: &json) }
      json.endArray()
    }
    if let original {
      json.key("original")
      original.encode(to: &json)
    }
    json.pairs("tokens", tokens)
    json.field("received", received)
    json.field("feedback_type", feedbackType)
    json.field("disposition", disposition)
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
      case _ where key == "kind": kind = MessageKind(rawValue: String(try json.string())) ?? .plain
      case _ where key == "dialect": dialect = try json.string()
      case _ where key == "from": from = try json.string()
      case _ where key == "from_name": fromName = try json.string()
      case _ where key == "envelope_sender": envelopeSender = try json.string()
      case _ where key == "to": to = try json.string()
      case _ where key == "return_address": returnAddress = try ReturnAddressEvidence(from: &json)
      case _ where key == "subject": subject = try json.string()
      case _ where key == "message_id": messageID = try json.string()
      case _ where key == "headers": headers = try json.pairs()
      case _ where key == "text": text = try json.string()
      case _ where key == "quoted": quoted = try json.string()
      case _ where key == "mentioned": try json.array { mentioned.append(try $0.string()) }
      case _ where key == "recipients": try json.array { recipients.append(try RecipientEvidence(from: &$0)) }
      case _ where key == "original": original = try OriginalEvidence(from: &json)
      case _ where key == "tokens": tokens = try json.pairs()
      case _ where key == "received": received = try json.int()
      case _ where key == "feedback_type": feedbackType = try json.string()
      case _ where key == "disposition": disposition = try json.string()
      case _ where key == "flags": try json.array { flags.append(try $0.string()) }
      default: try json.skip()
      }
    }
    self.id = try id.orMissing("id")
  }
}

extension RecipientEvidence {
  func encode(to json: inout JSONWriter) {
    json.beginObject()
    json.field("address", address)
    json.key("found_in")
    json.string(foundIn.rawValue)
    json.field("alias", alias)
    json.field("action", action)
    json.field("status", status)
    json.field("reply", reply)
    json.field("diagnostic", diagnostic)
    json.field("remote_mta", remoteMTA)
    json.field("reporting_mta", reportingMTA)
    json.endObject()
  }

  init(from json: inout JSONReader) throws {
    self.init()
    try json.object { key, json in
      switch key {
      case _ where key == "address": address = try json.string()
      case _ where key == "found_in": foundIn = AddressProvenance(try json.string()) ?? .text
      case _ where key == "alias": alias = try json.string()
      case _ where key == "action": action = try json.string()
      case _ where key == "status": status = try json.string()
      case _ where key == "reply": reply = try json.string()
      case _ where key == "diagnostic": diagnostic = try json.string()
      case _ where key == "remote_mta": remoteMTA = try json.string()
      case _ where key == "reporting_mta": reportingMTA = try json.string()
      default: try json.skip()
      }
    }
  }
}

extension ReturnAddressEvidence {
  func encode(to json: inout JSONWriter) {
    json.beginObject()
    json.field("base", base)
    json.field("tag", tag)
    json.field("recipient", recipient)
    json.endObject()
  }

  init(from json: inout JSONReader) throws {
    self.init()
    try json.object { key, json in
      switch key {
      case _ where key == "base": base = try json.string()
      case _ where key == "tag": tag = try json.string()
      case _ where key == "recipient": recipient = try json.string()
      default: try json.skip()
      }
    }
  }
}

extension OriginalEvidence {
  func encode(to json: inout JSONWriter) {
    json.beginObject()
    json.field("message_id", messageID)
    json.field("from", from)
    json.field("to", to)
    json.field("subject", subject)
    json.field("return_path", returnPath)
    json.field("list_id", listID)
    json.field("list_unsubscribe", listUnsubscribe)
    json.field("time", time)
    json.pairs("headers", headers)
    json.endObject()
  }

  init(from json: inout JSONReader) throws {
    self.init()
    try json.object { key, json in
      switch key {
      case _ where key == "message_id": messageID = try json.string()
      case _ where key == "from": from = try json.string()
      case _ where key == "to": to = try json.string()
      case _ where key == "subject": subject = try json.string()
      case _ where key == "return_path": returnPath = try json.string()
      case _ where key == "list_id": listID = try json.string()
      case _ where key == "list_unsubscribe": listUnsubscribe = try json.string()
      case _ where key == "time": time = try json.int()
      case _ where key == "headers": headers = try json.pairs()
      default: try json.skip()
      }
    }
  }
}

extension JSONReader {
  /// `[["…","…"],…]`.
  mutating func pairs() throws -> [(name: ByteSlice, value: ByteSlice)] {
    var pairs: [(name: ByteSlice, value: ByteSlice)] = []
    try array { json in
      var pair = (name: ByteSlice.empty, value: ByteSlice.empty)
      var count = 0
      try json.array { json in
        let text = try json.string()
        if count == 0 { pair.name = text } else { pair.value = text }
        count += 1
      }
      guard count == 2 else { return }
      if pairs.isEmpty { pairs.reserveCapacity(8) }
      pairs.append(pair)
    }
    return pairs
  }
}

extension JSONWriter {
  /// `"name":[["…","…"],…]`, left out when empty.
  mutating func pairs(_ name: StaticString, _ values: [(name: ByteSlice, value: ByteSlice)]) {
    guard !values.isEmpty else { return }
    key(name)
    beginArray()
    for value in values {
      beginArray()
      string(value.name)
      string(value.value)
      endArray()
    }
    endArray()
  }

  /// `"name":["…",…]`, left out when empty.
  mutating func list(_ name: StaticString, _ values: [ByteSlice]) {
    guard !values.isEmpty else { return }
    key(name)
    beginArray()
    for value in values { string(value) }
    endArray()
  }
}
