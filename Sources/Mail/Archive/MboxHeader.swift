import ByteSlices

/// As much of a message's header as an mbox reader needs: where it ends, and the `Content-Length` of mboxcl and mboxcl2.
struct MboxHeader {
  /// The header's bytes, with the blank line that ends it.
  let length: Int
  /// How long the body is, by the writer's word: a promise that mail from elsewhere brings along, too, and breaks.
  let contentLength: Int?

  /// Reads the start of a message; nil when no blank line ends the header.
  init?(_ text: ByteSlice) {
    guard let length = Self.endOfHeader(text) else { return nil }
    self.length = length
    contentLength = Self.contentLength(text.slice(0, length))
  }

  private static func endOfHeader(_ text: ByteSlice) -> Int? {
    if text.first == 0x0A { return 1 }
    if text.hasPrefix("\r\n") { return 2 }
    let lf = text.firstIndex(of: "\n\n").map { $0 + 2 }
    let searched = lf.map { text.slice(0, $0) } ?? text
    return searched.firstIndex(of: "\n\r\n").map { $0 + 3 } ?? lf ?? text.firstIndex(of: "\r\r").map { $0 + 2 }
  }

  private static func contentLength(_ header: ByteSlice) -> Int? {
    var at = 0
    while let hit = header.firstIndex(of: "ength:", from: at) {
      at = hit + 6
      let start = hit - 9
      guard start >= 0, start == 0 || header[start - 1] == 0x0A || header[start - 1] == 0x0D,
        header.slice(start, hit).equals(caseless: "content-l")
      else { continue }
      return header.slice(at, header.endOfLine(from: at)).trimmed.decimal
    }
    return nil
  }
}
