import ByteSlices
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A message's bytes without what its archive did to them: what the identity is made of, and what every stage reads.
///
/// - Line ends become LF: CRLF (and CR CR LF, which a doubled conversion leaves), or CR where there is no LF before the
///   last line end. A CR by itself among LFs stays.
/// - The last line ends in LF. Archives differ here: an mbox adds a missing one, a saved `.eml` may lack it.
/// - In an mbox, the blank line before the next separator goes, and lines that begin `>From `, `>>From ` … lose one `>`
///   (mboxrd; for mboxo the same but for lines that began so by themselves). Not so in an mboxcl2, which quotes nothing:
///   one is known by a `Content-Length` that is right and a body line that begins `From `.
public enum CanonicalBytes {
  /// The canonical form of a message's bytes as they lie in the archive: the slice itself, or part of it, when only its
  /// ends change; else a copy in the arena. Linear in time; canonical bytes are their own canonical form, but for an
  /// mbox's.
  ///
  /// - Parameter mayBeQuoted: False when it is known that no `>From ` is in the bytes, which saves a search.
  public static func canonical(
    _ raw: ByteSlice, format: ArchiveFormat, arena: Arena, mayBeQuoted: Bool = true
  ) -> ByteSlice {
    guard !raw.isEmpty else { return raw }
    var text = raw.contains(0x0D) ? withLineFeeds(raw, arena) : raw
    if format == .mbox {
      if text.hasSuffix("\n\n") || text == "\n" { text = text.dropLast() }
      if text.isEmpty { return text }
      if mayBeQuoted, let first = quotedLine(text, from: 0), !isMboxcl2(text) { text = unquoted(text, first, arena) }
    }
    return text.last == 0x0A ? text : arena.concat(text, ByteSlice("\n"))
  }

  // MARK: line ends

  private static func withLineFeeds(_ raw: ByteSlice, _ arena: Arena) -> ByteSlice {
    var lastText = raw.count
    while lastText > 0, raw[lastText - 1] == 0x0A || raw[lastText - 1] == 0x0D { lastText -= 1 }
    let onlyReturns = !raw.slice(0, lastText).contains(0x0A)
    let out = arena.allocate(raw.count)
    var written = 0
    var from = 0
    while let start = raw.firstIndex(of: 0x0D, from: from) {
      memcpy(out + written, raw.base + from, start - from)
      written += start - from
      var after = start + 1
      while after < raw.count, raw[after] == 0x0D { after += 1 }
      if after < raw.count, raw[after] == 0x0A {
        // The LF itself comes with the next run.
        from = after
        continue
      }
      if !onlyReturns, after == raw.count {
        // The file ends inside a CRLF.
        out[written] = 0x0A
        written += 1
      } else {
        memset(out + written, onlyReturns ? 0x0A : 0x0D, after - start)
        written += after - start
      }
      from = after
    }
    memcpy(out + written, raw.base + from, raw.count - from)
    written += raw.count - from
    arena.shrinkLast(allocated: raw.count, kept: written)
    return ByteSlice(base: out, count: written)
  }

  // MARK: quoting

  /// Where a line that begins with `>`s and `From ` starts, at or after `from`.
  private static func quotedLine(_ text: ByteSlice, from: Int) -> Int? {
    var at = from
    while let hit = text.firstIndex(of: ">From ", from: at) {
      var start = hit
      while start > from, text[start - 1] == 0x3E { start -= 1 }
      if start == 0 || text[start - 1] == 0x0A { return start }
      at = hit + 6
    }
    return nil
  }

  private static func unquoted(_ text: ByteSlice, _ first: Int, _ arena: Arena) -> ByteSlice {
    let out = arena.allocate(text.count)
    var written = 0
    var from = 0
    var quote: Int? = first
    while let start = quote {
      memcpy(out + written, text.base + from, start - from)
      written += start - from
      from = start + 1
      quote = quotedLine(text, from: from)
    }
    memcpy(out + written, text.base + from, text.count - from)
    written += text.count - from
    arena.shrinkLast(allocated: text.count, kept: written)
    return ByteSlice(base: out, count: written)
  }

  private static func isMboxcl2(_ text: ByteSlice) -> Bool {
    guard text.contains("\nFrom "), let header = MboxHeader(text) else { return false }
    // A writer may count the last line end, and the blank line before the separator, or not.
    return (text.count - header.length - 2...text.count - header.length + 2).contains(header.contentLength)
  }
}
