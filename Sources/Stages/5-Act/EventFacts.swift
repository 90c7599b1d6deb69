import ByteSlices
import NDJSON

/// What is known of an event, by name: for those who get it as JSON, as a line of a file, or as SQL parameters.
struct EventFacts: Sendable, Equatable {
  enum Value: Sendable, Equatable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case none
  }

  /// The names, in the order in which they are written.
  static let names = [
    "key", "disposition", "message", "recipient", "category", "reason", "hard", "status", "reply", "diagnostic", "rule",
    "found_in", "alias", "new_address", "time", "verification", "campaign", "subject", "from", "to", "message_id",
    "format", "path", "offset", "length",
  ]

  private(set) var values: [String: Value] = [:]

  subscript(name: String) -> Value {
    get { values[name] ?? .none }
    set { values[name] = newValue }
  }

  /// Sets a text; leaves out an absent one.
  mutating func set(_ name: String, _ text: String?) { if let text { values[name] = .text(text) } }
  mutating func set(_ name: String, _ number: Int?) { if let number { values[name] = .number(number) } }

  /// One JSON object without a line end; absent values are left out.
  func json(_ names: [String] = EventFacts.names) -> [UInt8] {
    let buffer = ByteBuffer()
    var json = JSONWriter(buffer)
    json.beginObject()
    for name in names {
      guard let value = values[name] else { continue }
      if value == .none { continue }
      name.withByteSlice { json.key($0) }
      switch value {
      case .text(let text): json.string(text)
      case .number(let number): json.int(number)
      case .flag(let flag): json.bool(flag)
      case .none: break
      }
    }
    json.endObject()
    return Array(buffer.slice)
  }
}
