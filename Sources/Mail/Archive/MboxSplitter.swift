import ByteSlices

/// Cuts an mbox at its separators, in one pass and in the memory of one message.
///
/// A line is a separator when it reads as `MboxSeparator` and stands after a blank line, or at the start, or right
/// after another separator. Where a writer forgot the blank line, the date must be convincing and a header field must
/// follow. Where a message's `Content-Length` leads to another separator (or to the end), those on the way are body
/// (mboxcl2), unless the message there makes no such promise: a stranger's header must not swallow his neighbours.
package final class MboxSplitter {
  private let window: ArchiveWindow
  private let limit: Int
  /// How many bytes of an outsize message are searched for its end: a gzip bomb is given up after those.
  private let patience: Int
  private let newline: UInt8
  private let needle: ByteSlice
  /// The separator that begins the next message; nil before the first and after the last.
  private var upcoming: MboxSeparator?
  private var pending = 0
  /// The first bytes of an outsize message; made when one comes.
  private var head: ByteBuffer?
  /// True when an outsize message ran out of `patience`, and the rest of the archive was not looked at.
  package private(set) var gaveUp = false

  /// Begins where the window does: at a separator, or at blank lines before one.
  /// - Parameter newline: what `lineEnd(of:)` found at the start of the archive.
  package init(_ window: ArchiveWindow, newline: UInt8 = 0x0A, limit: Int = 64 << 20, patience: Int = .max) throws {
    self.window = window
    self.newline = newline
    self.limit = limit
    self.patience = patience
    needle = newline == 0x0D ? ByteSlice("\rFrom ") : ByteSlice("\nFrom ")
    while true {
      try window.fill(1)
      guard let first = window.bytes.first, first == 0x0A || first == 0x0D else { break }
      window.drop(1)
    }
    try window.fill(MboxSeparator.longestLine + 2)
    upcoming = Self.leadingSeparator(window.bytes)
  }

  /// What ends the lines of an archive that begins so: CR only where there is no LF (Mac OS before X).
  package static func lineEnd(of start: ByteSlice) -> UInt8 {
    guard let first = start.firstIndex(of: 0x0D), first + 1 < start.count else { return 0x0A }
    return start.contains(0x0A) ? 0x0A : 0x0D
  }

  /// The separator that these bytes begin with.
  package static func leadingSeparator(_ bytes: ByteSlice) -> MboxSeparator? {
    guard bytes.hasPrefix("From ") else { return nil }
    let line = bytes.prefix(MboxSeparator.longestLine + 1)
    return MboxSeparator(line: line.slice(0, line.endOfLine()))
  }

  private static func endOfLine(_ line: ByteSlice) -> Int? {
    let end = line.endOfLine()
    return end < line.count ? end : nil
  }

  /// The next message, whose bytes are valid until the next call; nil after the last.
  package func next() throws -> MboxPiece? {
    window.drop(pending)
    pending = 0
    guard let own = upcoming else { return nil }
    upcoming = nil
    try window.fill(MboxSeparator.longestLine + 2)
    let start = startOfMessage()
    var piece = MboxPiece(
      separator: window.position, offset: window.position + start, length: 0, raw: .empty, received: own.received,
      isLast: false)
    var at = start
    while true {
      // `From ` without its line end, so that one pass finds the quoted ones, too.
      if let hit = window.bytes.firstIndex(of: "From ", from: at) {
        at = hit + 1
        let before = hit > 0 ? window.bytes[hit - 1] : 0
        if before == 0x3E { piece.mayBeQuoted = true }
        guard before == newline, let found = try separator(after: hit - 1, messageStart: start) else { continue }
        let promised = try endPromised(start, hit)
        if promised != nil { piece.mayBeQuoted = true }
        let end = promised ?? (hit, found)
        pending = end.at
        upcoming = end.next
        break
      }
      at = max(at, window.count - 4)
      if window.isLast {
        pending = window.count
        break
      }
      // Not before a separator that begins within the limit is in sight.
      if window.count - start > limit + needle.count { return try outsize(piece, start) }
      try window.extend()
    }
    piece.raw = window.bytes.slice(start, pending)
    piece.length = piece.raw.count
    piece.isLast = upcoming == nil
    // What the last read brought may itself be outsize.
    if piece.length > limit { piece.raw = piece.raw.prefix(limit) }
    return piece
  }

  /// Past the separator line at the window's start.
  private func startOfMessage() -> Int {
    let text = window.bytes
    return Self.endOfLine(text).map { pastLineEnd(text, $0) } ?? text.count
  }

  /// Past the line end whose first byte is at `end`: LF, CRLF, CR CR LF, or CR in a file without LF.
  private func pastLineEnd(_ text: ByteSlice, _ end: Int) -> Int {
    guard newline == 0x0A else { return end + 1 }
    let lineFeed = text.offset(from: end) { $0 != 0x0D }
    return lineFeed < text.count && text[lineFeed] == 0x0A ? lineFeed + 1 : end + 1
  }

  // MARK: separators

  /// The separator whose line begins after the line end at `hit`.
  private func separator(after hit: Int, messageStart: Int?) throws -> MboxSeparator? {
    try window.fill(hit + 2 * MboxSeparator.longestLine)
    let text = window.bytes
    guard let found = Self.leadingSeparator(text.slice(hit + 1, text.count)) else { return nil }
    if let messageStart, hit <= messageStart { return found }
    var before = hit - 1
    if newline == 0x0A { while before > 0, text[before] == 0x0D { before -= 1 } }
    if before >= 0, text[before] == newline { return found }
    return found.isConvincing && fieldFollows(text.slice(hit + 1, text.count)) ? found : nil
  }

  /// True when the line after the first looks like a header field (RFC 5322 section 2.2).
  private func fieldFollows(_ text: ByteSlice) -> Bool {
    guard let end = Self.endOfLine(text) else { return false }
    let start = pastLineEnd(text, end)
    var at = start
    while at < text.count, at - start < 80, text[at] > 0x20, text[at] < 0x7F, text[at] != 0x3A { at += 1 }
    return at > start && at < text.count && text[at] == 0x3A
  }

  /// Where the message's `Content-Length` says that it ends, when that is past `candidate` and holds good.
  private func endPromised(_ start: Int, _ candidate: Int) throws -> (at: Int, next: MboxSeparator?)? {
    guard let header = MboxHeader(window.bytes.slice(start, candidate)),
      header.contentLength <= limit, start + header.length + header.contentLength > candidate
    else { return nil }
    var at = start + header.length + header.contentLength
    try window.fill(at + (64 << 10))
    let text = window.bytes
    guard at <= text.count else { return nil }
    var lineEnds = 0
    while at < text.count, lineEnds < 4, text[at] == 0x0A || text[at] == 0x0D {
      at += 1
      lineEnds += 1
    }
    if at == text.count { return window.isLast ? (at, nil) : nil }
    guard text[at - 1] == newline, let next = Self.leadingSeparator(text.slice(at, text.count)) else { return nil }
    let line = text.slice(at, text.count)
    guard let end = Self.endOfLine(line), MboxHeader(line.slice(end + 1, line.count)) != nil else { return nil }
    return (at, next)
  }

  // MARK: outsize messages

  /// Keeps the first bytes of a message over the limit, and looks for its end without keeping the rest.
  private func outsize(_ started: MboxPiece, _ start: Int) throws -> MboxPiece {
    var piece = started
    let head = self.head ?? ByteBuffer(capacity: limit)
    self.head = head
    head.removeAll()
    head.append(window.bytes.slice(start, start + limit))
    // What stands before a separator tells whether it is one.
    window.drop(max(start, start + limit - 4))
    var at = 0
    while true {
      if let hit = window.bytes.firstIndex(of: needle, from: at) {
        at = hit + 1
        guard let found = try separator(after: hit, messageStart: nil) else { continue }
        pending = hit + 1
        upcoming = found
        break
      }
      if window.position - piece.offset > patience { gaveUp = true }
      if window.isLast || gaveUp {
        pending = window.count
        break
      }
      // Two bytes more than a needle can straddle: the line end before it.
      let spare = max(0, window.count - needle.count - 2)
      window.drop(spare)
      at = 0
      try window.extend()
    }
    piece.length = window.position + pending - piece.offset
    piece.isLast = upcoming == nil
    piece.raw = head.slice
    return piece
  }
}
