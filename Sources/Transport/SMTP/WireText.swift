/// Messages and addresses as SMTP wants them.
enum WireText {
  /// The message with CRLF at the end of each line, the last one included. A lone CR becomes one too: receivers differ
  /// on what it is, which is how mail is smuggled.
  static func crlf(_ message: [UInt8]) -> [UInt8] {
    var wire: [UInt8] = []
    wire.reserveCapacity(message.count + message.count / 32 + 2)
    message.withUnsafeBufferPointer { bytes in
      var start = 0
      var at = 0
      while at < bytes.count {
        guard bytes[at] == 0x0D || bytes[at] == 0x0A else {
          at += 1
          continue
        }
        wire.append(contentsOf: bytes[start..<at])
        wire.append(0x0D)
        wire.append(0x0A)
        at += bytes[at] == 0x0D && at + 1 < bytes.count && bytes[at + 1] == 0x0A ? 2 : 1
        start = at
      }
      if start < bytes.count {
        wire.append(contentsOf: bytes[start...])
        wire.append(0x0D)
        wire.append(0x0A)
      }
    }
    return wire
  }

  /// Why an address can't stand in an envelope; nil when it can. It guards the dialogue: an address must not end the
  /// line or the angle brackets.
  static func problem(with address: String) -> String? {
    if address.isEmpty { return "the address is empty" }
    if address.utf8.count > 320 { return "the address is longer than 320 bytes" }
    if address.unicodeScalars.contains(where: { $0.value <= 0x20 || $0.value == 0x7F || $0 == "<" || $0 == ">" }) {
      return "\"\(address.filter { !$0.isNewline })\": an address with a space, an angle bracket or a control character"
    }
    guard let at = address.lastIndex(of: "@"), at != address.startIndex, address.index(after: at) != address.endIndex
    else { return "\"\(address)\": expected something like someone@example.com" }
    return nil
  }
}
