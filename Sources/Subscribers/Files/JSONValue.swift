import ByteSlices
import NDJSON

/// JSON values as text in one form: no white space, members in byte order, strings with the escapes that are needed.
/// Equal values give equal texts, but for numbers, which stay as they are written.
enum JSONValue {
  /// The text of a string.
  static func of(_ string: String) -> String {
    let buffer = ByteBuffer()
    var json = JSONWriter(buffer)
    string.withByteSlice { json.string($0) }
    return String(buffer.slice)
  }

  /// The string that a text is; nil when it is another value.
  static func string(_ text: String) -> String? {
    guard text.utf8.first == 0x22 else { return nil }
    return text.withByteSlice { slice in
      var reader = JSONReader(slice, Arena(blockSize: 4 << 10))
      return try? String(reader.string())
    }
  }

  /// Whether the value says that there is none: null, and empty text.
  static func isNothing(_ text: String) -> Bool { text == "null" || text == "\"\"" }

  /// Reads any value. Throws `JSONError`.
  static func read(_ reader: inout JSONReader, depth: Int = 0) throws -> String {
    guard depth < 32 else { throw JSONError(offset: reader.at, expected: "at most 32 levels of objects and lists") }
    if reader.null() { return "null" }
    guard reader.at < reader.text.count else { throw JSONError(offset: reader.at, expected: "a value") }
    switch reader.text[reader.at] {
    case 0x22: return of(String(try reader.string()))
    case 0x7B: return object(try members(&reader, depth: depth + 1))
    case 0x5B:
      var elements: [String] = []
      try reader.array { elements.append(try read(&$0, depth: depth + 1)) }
      return "[" + elements.joined(separator: ",") + "]"
    case 0x74, 0x66: return try reader.bool() ? "true" : "false"
    default:
      let (at, text) = (reader.at, String(try reader.skip()))
      guard isNumber(text) else { throw JSONError(offset: at, expected: "a value") }
      return text
    }
  }

  /// The members of an object.
  static func members(_ reader: inout JSONReader, depth: Int = 0) throws -> [String: String] {
    var members: [String: String] = [:]
    try reader.object { name, reader in members[String(name)] = try read(&reader, depth: depth) }
    return members
  }

  /// The members of an object's text; none when it is no object.
  static func members(of text: String) -> [String: String] {
    text.withByteSlice { slice in
      var reader = JSONReader(slice, Arena(blockSize: 4 << 10))
      return (try? members(&reader)) ?? [:]
    }
  }

  /// The text of an object with these members.
  static func object(_ members: [String: String]) -> String {
    "{"
      + members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { "\(of($0.key)):\($0.value)" }.joined(separator: ",") + "}"
  }

  /// RFC 8259 §6.
  private static func isNumber(_ text: String) -> Bool {
    text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/) != nil
  }
}
