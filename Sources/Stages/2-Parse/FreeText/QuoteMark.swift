import ByteSlices

/// The marks that programs and people put before lines that they quote.
enum QuoteMark {
  /// `>` (also `> >`, `JD>`), `|` or `:`; nil for a line that is not marked. Only `>` is sure by itself.
  static func of(_ line: ByteSlice) -> UInt8? {
    var at = 0
    while at < line.count, at < 4, line[at].isBlank { at += 1 }
    guard at < line.count else { return nil }
    switch line[at] {
    case 0x3E: return 0x3E
    case 0x7C where at + 1 == line.count || line[at + 1].isBlank: return 0x7C
    case 0x3A where at + 1 < line.count && line[at + 1].isBlank: return 0x3A
    default: break
    }
    // Up to four letters, the first a capital: the initials of who is quoted.
    var end = at
    while end < line.count, end - at < 5, line[end].isASCIILetter { end += 1 }
    if end > at, end - at < 5, line[at].isASCIIUppercase, end < line.count, line[end] == 0x3E { return 0x3E }
    return nil
  }
}
