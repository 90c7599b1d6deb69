import ByteSlices

/// Quoted-printable (RFC 2045 §6.7), read leniently: `=` before what is no hexadecimal pair stays as it is.
public enum QuotedPrintable {
  /// Decodes at most `cap` bytes. The body itself, not copied, when it holds no `=` and no blank at a line's end.
  public static func decode(
    _ body: ByteSlice, cap: Int, arena: Arena, flags: inout MailFlags
  ) -> (bytes: ByteSlice, capped: Bool) {
    guard var next = body.firstIndex(of: 0x3D) else { return (body.prefix(cap), body.count > cap) }
    let room = min(body.count, cap)
    let out = arena.allocate(room)
    var written = 0
    var at = 0
    var bad = false
    while written < room {
      let length = min(next - at, room - written)
      (out + written).update(from: body.base + at, count: length)
      written += length
      at += length
      guard at < body.count, written < room else { break }
      // At an "=".
      if at + 2 < body.count, let high = body.base[at + 1].hexValue, let low = body.base[at + 2].hexValue {
        out[written] = high << 4 | low
        written += 1
        at += 3
      } else {
        // A soft line break may have blanks after the "=".
        var end = at + 1
        while end < body.count, body.base[end].isBlank || body.base[end] == 0x0D { end += 1 }
        if end >= body.count {
          at = body.count
        } else if body.base[end] == 0x0A {
          at = end + 1
        } else {
          bad = true
          out[written] = 0x3D
          written += 1
          at += 1
        }
      }
      next = body.firstIndex(of: 0x3D, from: at) ?? body.count
    }
    if bad { flags.insert(.badEncoding) }
    arena.shrinkLast(allocated: room, kept: written)
    return (ByteSlice(base: out, count: written), at < body.count)
  }
}
