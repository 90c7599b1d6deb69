import ByteSlices
import CShims

/// The inside of a JSON string: escapes, and UTF-8 made valid.
enum JSONString {
  static func append(_ text: ByteSlice, to buffer: ByteBuffer) {
    var at = 0
    while true {
      let rest = text.dropFirst(at)
      let plain = rm_json_copy_plain(buffer.reserve(rest.count), rest.base, rest.count)
      buffer.commit(plain)
      at += plain
      guard at < text.count else { return }
      var end = at
      while end < text.count, text[end] >= 0x80 {
        let length = UTF8Sequence.length(text, end)
        if length == 0 { break }
        end += length
      }
      if end > at {
        buffer.append(text.slice(at, end))
        at = end
      } else if text[at] >= 0x80 {
        buffer.append("\u{FFFD}" as StaticString)
        at += 1
      } else {
        escape(text[at], to: buffer)
        at += 1
      }
    }
  }

  static func appendLatin1(_ bytes: ByteSlice, to buffer: ByteBuffer) {
    var start = 0
    var at = 0
    while true {
      at = plainEnd(bytes, at)
      guard at < bytes.count else { break }
      let byte = bytes[at]
      buffer.append(bytes.slice(start, at))
      if byte >= 0x80 {
        buffer.append(0xC0 | byte >> 6)
        buffer.append(0x80 | byte & 0x3F)
      } else {
        escape(byte, to: buffer)
      }
      at += 1
      start = at
    }
    buffer.append(bytes.slice(start, bytes.count))
  }

  private static func escape(_ byte: UInt8, to buffer: ByteBuffer) {
    let letter: StaticString
    switch byte {
    case 0x0A: letter = "n"
    case 0x22: letter = "\""
    case 0x5C: letter = "\\"
    case 0x09: letter = "t"
    case 0x0D: letter = "r"
    default:
      let digits: StaticString = "0123456789abcdef"
      buffer.append("\\u00" as StaticString)
      buffer.append(digits.utf8Start[Int(byte >> 4)])
      buffer.append(digits.utf8Start[Int(byte & 15)])
      return
    }
    let place = buffer.reserve(2)
    place[0] = 0x5C
    place[1] = letter.utf8Start[0]
    buffer.commit(2)
  }

  /// Where the first byte at or after `from` is that can't stand as it is, or isn't ASCII; the end when there is none.
  @inline(__always) private static func plainEnd(_ text: ByteSlice, _ from: Int) -> Int {
    rm_json_plain_end(text.base, from, text.count)
  }
}

/// Well-formed UTF-8 sequences (RFC 3629, table of section 4).
public enum UTF8Sequence {
  /// The length of the well-formed sequence that starts at `at`, or 0.
  @inlinable public static func length(_ bytes: ByteSlice, _ at: Int) -> Int {
    let first = bytes[at]
    if first < 0x80 { return 1 }
    let left = bytes.count - at
    func trail(_ offset: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xBF) -> Bool {
      let byte = bytes[at + offset]
      return byte >= low && byte <= high
    }
    switch first {
    case 0xC2...0xDF: return left >= 2 && trail(1) ? 2 : 0
    case 0xE0: return left >= 3 && trail(1, 0xA0) && trail(2) ? 3 : 0
    case 0xED: return left >= 3 && trail(1, 0x80, 0x9F) && trail(2) ? 3 : 0
    case 0xE1...0xEF: return left >= 3 && trail(1) && trail(2) ? 3 : 0
    case 0xF0: return left >= 4 && trail(1, 0x90) && trail(2) && trail(3) ? 4 : 0
    case 0xF1...0xF3: return left >= 4 && trail(1) && trail(2) && trail(3) ? 4 : 0
    case 0xF4: return left >= 4 && trail(1, 0x80, 0x8F) && trail(2) && trail(3) ? 4 : 0
    default: return 0
    }
  }

  /// True when the whole slice is well-formed UTF-8.
  public static func isValid(_ bytes: ByteSlice) -> Bool {
    var at = 0
    while at < bytes.count {
      let length = length(bytes, at)
      if length == 0 { return false }
      at += length
    }
    return true
  }
}
