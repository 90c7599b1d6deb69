import ByteSlices
import CShims

/// What is wrong with a line of JSON, and where.
public struct JSONError: Error, CustomStringConvertible {
  /// Bytes from the start of the text.
  public let offset: Int
  public let expected: String

  public init(offset: Int, expected: String) {
    self.offset = offset
    self.expected = expected
  }

  public var description: String { "not valid JSON at byte \(offset): expected \(expected)" }
}

/// Reads JSON by asking for what should come: no tree, no copies but for strings with escapes.
///
/// ```swift
/// var reader = JSONReader(line, arena)
/// try reader.object { key, reader in
///   if key == "id" { id = try reader.string() } else { try reader.skip() }
/// }
/// ```
/// A string without escapes is a slice of the text itself; one with escapes is a copy in the arena.
public struct JSONReader {
  public let text: ByteSlice
  public let arena: Arena
  public private(set) var at = 0

  public init(_ text: ByteSlice, _ arena: Arena) {
    self.text = text
    self.arena = arena
  }

  /// Reads an object; `member` must consume each value, by `skip()` if it does not want it.
  public mutating func object(_ member: (ByteSlice, inout JSONReader) throws -> Void) throws {
    try expect(0x7B, "{")
    if take(0x7D) { return }
    while true {
      let key = try string()
      try expect(0x3A, ":")
      try member(key, &self)
      if take(0x2C) { continue }
      return try expect(0x7D, ", or }")
    }
  }

  public mutating func array(_ element: (inout JSONReader) throws -> Void) throws {
    try expect(0x5B, "[")
    if take(0x5D) { return }
    while true {
      try element(&self)
      if take(0x2C) { continue }
      return try expect(0x5D, ", or ]")
    }
  }

  public mutating func string() throws -> ByteSlice { try string(latin1: false) }

  /// The bytes that `JSONWriter.latin1` wrote.
  public mutating func latin1() throws -> ByteSlice { try string(latin1: true) }

  public mutating func int() throws -> Int {
    skipSpace()
    let start = at
    if at < text.count, text[at] == 0x2D { at += 1 }
    while at < text.count, text[at].isASCIIDigit { at += 1 }
    let negative = at > start && text[start] == 0x2D
    guard let value = text.slice(start + (negative ? 1 : 0), at).decimal else { throw error("an integer", start) }
    return negative ? -value : value
  }

  public mutating func bool() throws -> Bool {
    skipSpace()
    if takeWord("true") { return true }
    if takeWord("false") { return false }
    throw error("true or false")
  }

  /// Takes a null, if one comes next.
  public mutating func null() -> Bool {
    skipSpace()
    return takeWord("null")
  }

  /// Passes over any value and returns its text.
  @discardableResult public mutating func skip() throws -> ByteSlice {
    skipSpace()
    let start = at
    var depth = 0
    repeat {
      skipSpace()
      guard at < text.count else { throw error("a value") }
      switch text[at] {
      case 0x22: try skipString()
      case 0x7B, 0x5B:
        depth += 1
        at += 1
      case 0x7D, 0x5D:
        depth -= 1
        at += 1
        if depth < 0 { throw error("a value") }
      case 0x2C where depth > 0, 0x3A where depth > 0: at += 1
      default:
        let from = at
        while at < text.count, text[at].isASCIIAlphanumeric || "+-.".utf8.contains(text[at]) { at += 1 }
        if at == from { throw error("a value") }
      }
    } while depth > 0
    return text.slice(start, at)
  }

  /// True when only white space is left.
  public mutating func isAtEnd() -> Bool {
    skipSpace()
    return at >= text.count
  }

  // MARK: tokens

  @inline(__always) private mutating func skipSpace() {
    while at < text.count, text[at] == 0x20 || text[at] == 0x0A || text[at] == 0x0D || text[at] == 0x09 { at += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    guard at < text.count, text[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func expect(_ byte: UInt8, _ what: String) throws {
    guard take(byte) else { throw error(what) }
  }

  private mutating func takeWord(_ word: StaticString) -> Bool {
    guard text.slice(at, text.count).hasPrefix(word) else { return false }
    at += word.utf8CodeUnitCount
    return true
  }

  private func error(_ expected: String, _ offset: Int? = nil) -> JSONError {
    JSONError(offset: offset ?? at, expected: expected)
  }

  // MARK: strings

  private mutating func skipString() throws {
    at += 1
    while let quote = text.firstIndex(of: 0x22, from: at) {
      var slashes = 0
      while quote - 1 - slashes >= at, text[quote - 1 - slashes] == 0x5C { slashes += 1 }
      at = quote + 1
      if slashes % 2 == 0 { return }
    }
    at = text.count
    throw error("a closing quote")
  }

  private mutating func string(latin1: Bool) throws -> ByteSlice {
    skipSpace()
    guard at < text.count, text[at] == 0x22 else { throw error("a string") }
    let start = at + 1
    let end = rm_json_string_end(text.base, start, text.count)
    if end < text.count, text[end] == 0x22 {
      at = end + 1
      let inside = ByteSlice(base: text.base + start, count: end - start)
      if !latin1 || inside.isASCII { return inside }
      return try unescape(inside, start, latin1: latin1)
    }
    try skipString()
    let inside = text.slice(start, at - 1)
    return try unescape(inside, start, latin1: latin1)
  }

  private func unescape(_ inside: ByteSlice, _ start: Int, latin1: Bool) throws -> ByteSlice {
    let out = arena.allocate(inside.count)
    var written = 0
    var i = 0
    while i < inside.count {
      let byte = inside[i]
      if !latin1, byte != 0x5C {
        // What stands between two escapes, in one go.
        let end = inside.firstIndex(of: 0x5C, from: i) ?? inside.count
        (out + written).update(from: inside.base + i, count: end - i)
        written += end - i
        i = end
        continue
      }
      if byte != 0x5C {
        if byte >= 0xC2, byte <= 0xC3, i + 1 < inside.count {
          out[written] = (byte & 3) << 6 | inside[i + 1] & 0x3F
          i += 2
        } else {
          out[written] = byte
          i += 1
        }
        written += 1
        continue
      }
      guard i + 1 < inside.count else { throw error("an escape", start + i) }
      i += 2
      switch inside[i - 1] {
      case 0x6E: out[written] = 0x0A
      case 0x74: out[written] = 0x09
      case 0x72: out[written] = 0x0D
      case 0x62: out[written] = 0x08
      case 0x66: out[written] = 0x0C
      case 0x22, 0x5C, 0x2F: out[written] = inside[i - 1]
      case 0x75:
        guard var scalar = hex4(inside, i) else { throw error("four hexadecimal digits", start + i) }
        i += 4
        if scalar & 0xFC00 == 0xD800, i + 6 <= inside.count, inside[i] == 0x5C, inside[i + 1] == 0x75,
          let low = hex4(inside, i + 2), low & 0xFC00 == 0xDC00
        {
          scalar = 0x10000 + (scalar & 0x3FF) << 10 + low & 0x3FF
          i += 6
        }
        if latin1 {
          out[written] = UInt8(truncatingIfNeeded: scalar)
          written += 1
          continue
        }
        // At most 4 bytes for 12, or 3 for 6: the result never outgrows its source.
        for unit in Unicode.Scalar(scalar).map({ String($0).utf8 }) ?? "\u{FFFD}".utf8 {
          out[written] = unit
          written += 1
        }
        continue
      default: throw error("an escape", start + i - 1)
      }
      written += 1
    }
    arena.shrinkLast(allocated: inside.count, kept: written)
    return ByteSlice(base: out, count: written)
  }

  private func hex4(_ inside: ByteSlice, _ at: Int) -> UInt32? {
    guard at + 4 <= inside.count else { return nil }
    var value: UInt32 = 0
    for i in at..<at + 4 {
      guard let digit = inside[i].hexValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }
}
