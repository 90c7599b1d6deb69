import ByteSlices

/// Takes the addresses out of a server's words: each becomes a bare `@`.
///
/// A mailbox may be named `spam`, `relay` or `full`, and servers repeat the name of the mailbox; what a rule reads as
/// the server's words must not be the subscriber's name.
enum AddressMask {
  /// The slice itself when it has no address, else a copy in `scratch`.
  static func mask(_ text: ByteSlice, into scratch: ByteBuffer) -> ByteSlice {
    guard text.contains(0x40) else { return text }
    scratch.removeAll()
    let out = scratch.reserve(text.count)
    var from = 0
    var to = 0
    while from < text.count {
      let byte = text[from]
      if byte != 0x40 {
        out[to] = byte
        to += 1
        from += 1
        continue
      }
      while to > 0, isLocal(out[to - 1]) { to -= 1 }
      out[to] = byte
      to += 1
      from += 1
      // `<bob@example.org>...User unknown` is written without the brackets, too.
      while from < text.count, isDomain(text[from]),
        !(text[from] == 0x2E && from + 1 < text.count && text[from + 1] == 0x2E)
      {
        from += 1
      }
      // The dot that ends a sentence is no part of the domain.
      if from > 0, text[from - 1] == 0x2E {
        out[to] = 0x2E
        to += 1
      }
    }
    scratch.commit(to)
    return scratch.slice
  }

  private static func isLocal(_ byte: UInt8) -> Bool {
    byte.isASCIIAlphanumeric || byte == 0x2E || byte == 0x5F || byte == 0x2D || byte == 0x2B || byte == 0x3D
      || byte == 0x25 || byte == 0x21 || byte == 0x26 || byte == 0x2F || byte == 0x7E
  }

  private static func isDomain(_ byte: UInt8) -> Bool {
    byte.isASCIIAlphanumeric || byte == 0x2E || byte == 0x2D || byte == 0x5F
  }
}
