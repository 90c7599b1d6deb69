import ByteSlices

/// What a file is, by its first bytes. The name counts for nothing but a known message extension.
public enum ArchiveKind: String, Sendable, Equatable {
  /// Messages one after the other, each under a separator.
  case mbox
  /// One message.
  case message
  /// gzip (RFC 1952) of whatever.
  case gzip
  /// No bytes at all, or nothing but line ends.
  case empty
  /// Packed in a way that is not read here: bzip2, xz, zstd, lz4.
  case otherCompression
  /// Something else.
  case notMail

  /// How many bytes of a file's start are looked at.
  public static let probe = 16 << 10

  /// Says what a file that begins with `start` is.
  /// - Parameter name: the file's name or path; `.eml` and its like make a message of what might be none.
  public init(start: ByteSlice, name: ByteSlice) {
    if start.hasPrefix("\u{1F}") && start.count > 2 && start[1] == 0x8B && start[2] == 8 {
      self = .gzip
    } else if Self.isPackedOtherwise(start) {
      self = .otherCompression
    } else {
      let text = start.trimmedLineEnds
      if text.isEmpty {
        self = .empty
      } else if MboxSplitter.leadingSeparator(text) != nil {
        self = .mbox
      } else {
        let isMessage = Self.hasMessageExtension(name) && !Self.isOutlookFile(start) || Self.looksLikeMessage(text)
        self = isMessage ? .message : .notMail
      }
    }
  }

  private static func isPackedOtherwise(_ start: ByteSlice) -> Bool {
    guard start.count >= 6 else { return false }
    let word = UnsafeRawPointer(start.base).loadUnaligned(as: UInt32.self).bigEndian
    let isBzip2 = start.hasPrefix("BZh") && start.slice(4, 6) == "1A"
    return isBzip2 || word == 0xFD37_7A58 || word == 0x28B5_2FFD || word == 0x0422_4D18
  }

  /// Outlook's `.msg` is an OLE container, not RFC 5322.
  private static func isOutlookFile(_ start: ByteSlice) -> Bool {
    start.count >= 4
      && UnsafeRawPointer(start.base).loadUnaligned(as: UInt32.self).bigEndian == 0xD0CF_11E0
  }

  private static func hasMessageExtension(_ name: ByteSlice) -> Bool {
    guard let dot = name.lastIndex(of: 0x2E) else { return false }
    let ext = name.dropFirst(dot + 1)
    return ext.equals(caseless: "eml") || ext.equals(caseless: "msg") || ext.equals(caseless: "mbox")
      || ext.equals(caseless: "mail") || ext.equals(caseless: "box")
  }

  /// One header field that every mail has on the first line, or two different ones among the first lines: messages may
  /// begin with garbage, and other text may hold one such line by chance.
  private static func looksLikeMessage(_ text: ByteSlice) -> Bool {
    var seen = 0
    var at = 0
    var lines = 0
    while at < text.count, lines < 200 {
      let end = text.endOfLine(from: at)
      if let field = Self.field(text.slice(at, end)) {
        if lines == 0, field >= weakFields { return true }
        seen |= 1 << field
        if seen.nonzeroBitCount >= 2 { return true }
      }
      at = end + 1
      lines += 1
    }
    return false
  }

  /// Which of the fields that tell mail this line is, if any.
  private static func field(_ line: ByteSlice) -> Int? {
    guard let colon = line.prefix(32).firstIndex(of: 0x3A), colon >= 2 else { return nil }
    let name = line.slice(0, colon).trimmed
    return fieldNames.firstIndex { name.equals(caseless: $0) }
  }

  private static let fieldNames: [StaticString] = [
    "to", "date", "cc", "sender", "status", "from", "subject", "received", "return-path", "message-id",
    "content-type", "mime-version", "delivered-to", "x-original-to", "envelope-to", "reply-to", "x-mozilla-status",
    "delivery-date",
    "x-account-key", "authentication-results", "arc-seal", "dkim-signature", "x-envelope-from",
  ]
  /// So many of them, from the first on, begin other texts, too.
  private static let weakFields = 5
}

extension ByteSlice {
  /// Without LFs and CRs at the start.
  fileprivate var trimmedLineEnds: ByteSlice {
    var at = 0
    while at < count, base[at] == 0x0A || base[at] == 0x0D { at += 1 }
    return slice(at, count)
  }
}
