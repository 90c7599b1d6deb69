import ByteSlices

/// Line ends of decoded bytes: all become LF.
public enum LineEnds {
  /// CRLF and lone CR as LF; the bytes themselves when they hold no CR.
  public static func canonical(_ bytes: ByteSlice, arena: Arena) -> ByteSlice {
    guard var at = bytes.firstIndex(of: 0x0D) else { return bytes }
    let out = arena.allocate(bytes.count)
    out.update(from: bytes.base, count: at)
    var written = at
    while at < bytes.count {
      var byte = bytes.base[at]
      at += 1
      if byte == 0x0D {
        byte = 0x0A
        if at < bytes.count, bytes.base[at] == 0x0A { at += 1 }
      }
      out[written] = byte
      written += 1
    }
    arena.shrinkLast(allocated: bytes.count, kept: written)
    return ByteSlice(base: out, count: written)
  }
}
