import ByteSlices
import CShims
import NDJSON

/// One line of `spool/ingest`: a message that was found, and where.
public struct IngestRecord {
  /// Raised when the line changes its form or its meaning.
  public static let schema = 2

  public var id: MessageID
  public var source: MessageSource
  /// When the archive says that the message arrived (the mbox separator's date, read as UTC), in seconds since 1970.
  public var received: Int?
  /// CRC-32 (RFC 1952 §8) of the canonical bytes, by which a later stage sees cheaply that the archive still holds them.
  public var crc: UInt32?
  /// Whether lines of the mbox may be quoted (`>From `); it spares later stages the search for them.
  public var isQuoted = false
  /// The canonical bytes themselves, when the source is embedded (by wish, or because it is compressed).
  public var raw: ByteSlice?

  public init(
    id: MessageID, source: MessageSource, received: Int? = nil, crc: UInt32? = nil, isQuoted: Bool = false,
    raw: ByteSlice? = nil
  ) {
    self.id = id
    self.source = source
    self.received = received
    self.crc = crc
    self.isQuoted = isQuoted
    self.raw = raw
  }

  /// Writes the record as one line.
  public func encode(to json: inout JSONWriter) {
    json.beginObject()
    json.key("id")
    json.id(id)
    json.key("source")
    source.encode(to: &json)
    json.field("received", received)
    json.field("crc", crc.map(Int.init))
    if isQuoted {
      json.key("quoted")
      json.bool(true)
    }
    if let raw {
      json.key("raw")
      json.latin1(raw)
    }
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
      case _ where key == "received": received = try json.int()
      case _ where key == "crc": crc = UInt32(truncatingIfNeeded: try json.int())
      case _ where key == "quoted": isQuoted = try json.bool()
      case _ where key == "raw": raw = try json.latin1()
      default: try json.skip()
      }
    }
    self.id = try id.orMissing("id")
  }
}

extension JSONWriter {
  mutating func id(_ id: MessageID) {
    withHex(id) { raw($0) }
  }

  private func withHex(_ id: MessageID, _ body: (ByteSlice) -> Void) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 66) { place in
      guard let start = place.baseAddress else { return }
      place[0] = 0x22
      for i in 0..<4 { rm_word_hex(id.words[i], start + 1 + i * 16) }
      place[65] = 0x22
      body(ByteSlice(UnsafeRawBufferPointer(place)))
    }
  }
}

extension JSONReader {
  mutating func id() throws -> MessageID {
    let start = at
    guard let id = MessageID(hex: try string()) else {
      throw JSONError(offset: start, expected: "64 hexadecimal digits")
    }
    return id
  }
}

extension Optional {
  /// The value of a member that a record can't do without.
  func orMissing(_ member: String) throws -> Wrapped {
    guard let self else { throw JSONError(offset: 0, expected: "the member \"\(member)\"") }
    return self
  }
}
