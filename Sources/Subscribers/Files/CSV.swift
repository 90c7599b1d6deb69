import ByteSlices
import NDJSON

/// Comma-separated values (RFC 4180), with another separator where the first line has one.
enum CSV {
  /// What is wrong with a record.
  struct Malformed: Error {
    var expected: String
  }

  /// The values of a record.
  static func values(_ record: [UInt8], separator: UInt8) throws -> [String] {
    var values: [String] = []
    var value: [UInt8] = []
    var at = 0
    while true {
      value.removeAll(keepingCapacity: true)
      if at < record.count, record[at] == 0x22 {
        at += 1
        while true {
          guard at < record.count else {
            throw Malformed(expected: "a quote (\") at the end of value \(values.count + 1)")
          }
          if record[at] == 0x22 {
            at += 1
            guard at < record.count, record[at] == 0x22 else { break }
          }
          value.append(record[at])
          at += 1
        }
        guard at >= record.count || record[at] == separator else {
          throw Malformed(expected: "a separator behind the quoted value \(values.count + 1)")
        }
      } else {
        while at < record.count, record[at] != separator {
          value.append(record[at])
          at += 1
        }
      }
      guard let text = String(validatingUTF8Bytes: value) else {
        throw Malformed(expected: "UTF-8 in value \(values.count + 1); convert the file, for instance with iconv")
      }
      values.append(text)
      if at >= record.count { return values }
      at += 1
    }
  }

  /// The separator that a first line uses: the most frequent of comma, semicolon, tab and bar outside of quotes.
  static func separator(of header: [UInt8]) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for byte in header {
      if byte == 0x22 { isQuoted.toggle() }
      if !isQuoted { counts[byte, default: 0] += 1 }
    }
    let candidates: [UInt8] = [0x2C, 0x3B, 0x09, 0x7C]
    return candidates.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) } ?? 0x2C
  }

  /// Appends a record, with the values quoted that need it, and a line feed.
  static func append(_ values: [String], to text: inout String) {
    for (index, value) in values.enumerated() {
      if index > 0 { text += "," }
      let needsQuotes =
        value.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D || $0 == 0x3B || $0 == 0x09 }
        || value.hasPrefix(" ") || value.hasSuffix(" ") || value.isEmpty && values.count == 1
      text += needsQuotes ? "\"" + value.replacing("\"", with: "\"\"") + "\"" : value
    }
    text += "\n"
  }
}

extension String {
  /// The text of UTF-8 bytes; nil when they are none.
  init?(validatingUTF8Bytes bytes: [UInt8]) {
    guard bytes.withByteSlice({ $0.isASCII || UTF8Sequence.isValid($0) }) else { return nil }
    self = String(decoding: bytes, as: UTF8.self)
  }
}
