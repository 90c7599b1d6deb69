/// The names of IMAP folders on the wire: modified UTF-7 (RFC 3501 §5.1.3), which every server understands.
enum MailboxName {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

  /// The name in modified UTF-7, in quotes.
  static func quoted(_ name: String) -> String {
    var text = "\""
    var shifted: [UInt16] = []
    for scalar in name.unicodeScalars {
      if (0x20...0x7E).contains(scalar.value) {
        text += encoded(&shifted)
        switch scalar {
        case "&": text += "&-"
        case "\"", "\\": text += "\\" + String(scalar)
        default: text.unicodeScalars.append(scalar)
        }
      } else {
        shifted += Array(String(scalar).utf16)
      }
    }
    return text + encoded(&shifted) + "\""
  }

  /// Base64 of the units' bytes, big-endian, without padding.
  private static func encoded(_ units: inout [UInt16]) -> String {
    guard !units.isEmpty else { return "" }
    defer { units = [] }
    var text: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in units.flatMap({ [UInt8($0 >> 8), UInt8($0 & 0xFF)] }) {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(digits[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { text.append(digits[Int(bits << UInt32(6 - count) & 63)]) }
    return "&" + String(decoding: text, as: UTF8.self) + "-"
  }
}
