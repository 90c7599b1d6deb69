import ByteSlices
import CShims

/// Writes JSON (RFC 8259) into a buffer, in the order in which it is told: the same calls, the same bytes.
///
/// Strings are always valid UTF-8: what is not becomes U+FFFD. There is no pretty printing; a record is one line.
public struct JSONWriter {
  public let buffer: ByteBuffer
  private var needsComma = false

  public init(_ buffer: ByteBuffer) { self.buffer = buffer }

  public mutating func beginObject() {
    separate()
    buffer.append(0x7B)
    needsComma = false
  }

  public mutating func endObject() {
    buffer.append(0x7D)
    needsComma = true
  }

  public mutating func beginArray() {
    separate()
    buffer.append(0x5B)
    needsComma = false
  }

  public mutating func endArray() {
    buffer.append(0x5D)
    needsComma = true
  }

  /// Ends the line and with it the record.
  public mutating func endLine() {
    buffer.append(0x0A)
    needsComma = false
  }

  /// A key that needs no escapes.
  public mutating func key(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    var place = buffer.reserve(length + 4)
    if needsComma {
      place[0] = 0x2C
      place += 1
    }
    place[0] = 0x22
    (place + 1).update(from: name.utf8Start, count: length)
    place[length + 1] = 0x22
    place[length + 2] = 0x3A
    buffer.commit(length + (needsComma ? 4 : 3))
    needsComma = false
  }

  public mutating func key(_ name: ByteSlice) {
    separate()
    buffer.append(0x22)
    JSONString.append(name, to: buffer)
    buffer.append("\":" as StaticString)
    needsComma = false
  }

  public mutating func string(_ value: ByteSlice) {
    let start = needsComma ? 1 : 0
    let place = buffer.reserve(value.count + 3)
    place[0] = 0x2C
    place[start] = 0x22
    // Nearly all need no escapes: they are copied as they are looked at.
    let plain = rm_json_copy_plain(place + start + 1, value.base, value.count)
    if plain == value.count {
      place[start + 1 + plain] = 0x22
      buffer.commit(start + 2 + plain)
    } else {
      buffer.commit(start + 1 + plain)
      JSONString.append(value.dropFirst(plain), to: buffer)
      buffer.append(0x22)
    }
    needsComma = true
  }

  public mutating func string(_ value: StaticString) { string(ByteSlice(value)) }
  public mutating func string(_ value: String) { value.withByteSlice { string($0) } }

  /// Any bytes, losslessly: each byte is the code point of its value (Latin-1). Readers take it back with
  /// `JSONReader.latin1(into:)`, Python with `.encode('latin-1')`.
  public mutating func latin1(_ bytes: ByteSlice) {
    separate()
    buffer.append(0x22)
    JSONString.appendLatin1(bytes, to: buffer)
    buffer.append(0x22)
    needsComma = true
  }

  public mutating func int(_ value: Int) {
    separate()
    buffer.append(decimal: value)
    needsComma = true
  }

  public mutating func bool(_ value: Bool) {
    separate()
    buffer.append(value ? "true" as StaticString : "false")
    needsComma = true
  }

  public mutating func null() {
    separate()
    buffer.append("null" as StaticString)
    needsComma = true
  }

  /// JSON that is already written.
  public mutating func raw(_ json: ByteSlice) {
    separate()
    buffer.append(json)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { buffer.append(0x2C) }
  }
}

extension JSONWriter {
  /// `"name":value`, left out when there is no value or an empty one.
  public mutating func field(_ name: StaticString, _ value: ByteSlice?) {
    guard let value, !value.isEmpty else { return }
    key(name)
    string(value)
  }

  public mutating func field(_ name: StaticString, _ value: String?) {
    guard let value, !value.isEmpty else { return }
    key(name)
    string(value)
  }

  public mutating func field(_ name: StaticString, _ value: Int?) {
    guard let value else { return }
    key(name)
    int(value)
  }

  /// `"name":true`, left out when false.
  public mutating func flag(_ name: StaticString, _ value: Bool) {
    guard value else { return }
    key(name)
    bool(true)
  }
}
