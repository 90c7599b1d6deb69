import ByteSlices

/// As much of a message's header as an mbox reader needs: where it ends, and the `Content-Length` of mboxcl and mboxcl2.
struct MboxHeader {
  /// The header's bytes, with the blank line that ends it.
  let length: Int
  /// How long the body is, by the writer's word: a promise that mail from elsewhere brings along, too, and breaks.
  let contentLength: Int

  /// Reads the start of a message; nil when its header has no `Content-Length`, in the spelling of mbox writers.
  init?(_ text: ByteSlice) {
    // This runs once for every message of an mbox, and most have none: no look behind a blank line that is easy to find.
    let head = text.firstIndex(of: "\n\n").map { text.slice(0, $0 + 1) } ?? text
    guard let contentLength = Self.contentLength(head), let length = Self.endOfHeader(text),
      contentLength.at < length
    else { return nil }
    self.length = length
    self.contentLength = contentLength.value
  }

  private static func endOfHeader(_ text: ByteSlice) -> Int? {
    if text.first == 0x0A { return 1 }
    if text.hasPrefix("\r\n") { return 2 }
    let lf = text.firstIndex(of: "\n\n").map { $0 + 2 }
    let searched = lf.map { text.slice(0, $0) } ?? text
    return searched.firstIndex(of: "\n\r\n").map { $0 + 3 } ?? lf ?? text.firstIndex(of: "\r\r").map { $0 + 2 }
  }

  private static func contentLength(_ text: ByteSlice) -> (value: Int, at: Int)? {
    var at = 0
    while let start = text.firstIndex(of: "Content-Length:", from: at) {
      at = start + 15
      guard start == 0 || text[start - 1] == 0x0A || text[start - 1] == 0x0D else { continue }
      return text.slice(at, text.endOfLine(from: at)).trimmed.decimal.map { ($0, start) }
    }
    return nil
  }
}
