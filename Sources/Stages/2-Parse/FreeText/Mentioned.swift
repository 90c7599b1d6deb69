import ByteSlices

/// Finds the addresses that a text mentions.
public enum Mentioned {
  /// Appends the addresses in `text`, as written, in order of appearance and without repeats (in any case of letters),
  /// until `into` holds `limit`. Message-IDs, and names without a dot in the domain, are no addresses.
  public static func addresses(in text: ByteSlice, limit: Int, into: inout [ByteSlice]) {
    var from = 0
    var floor = 0
    while into.count < limit, let at = text.firstIndex(of: 0x40, from: from) {
      from = at + 1
      var start = at
      // 64 bytes are the longest local part (RFC 5321 §4.5.3.1.1); real ones, of bounces above all, reach 250.
      while start > floor, at - start < 256 {
        if isLocal(text[start - 1]) {
          start -= 1
        } else if start - 1 > floor, isLetter(text[start - 2], text[start - 1]) {
          start -= 2
        } else {
          break
        }
      }
      var end = at + 1
      while end < text.count, end - at < 256 {
        if isDomain(text[end]) {
          end += 1
        } else if end + 1 < text.count, isLetter(text[end], text[end + 1]) {
          end += 2
        } else {
          break
        }
      }
      floor = end
      from = max(from, end)
      while end > at + 1, text[end - 1] == 0x2E || text[end - 1] == 0x2D || text[end - 1] == 0x5F { end -= 1 }
      // Quotes and dots around it are the sentence's, not the address's.
      while start < at,
        text[start] == 0x27 || text[start] == 0x2E || text[start] == 0x2D || text[start] == 0x2F
          || text[start] == 0x3D || text[start] == 0x2A || text[start] == 0x60 || text[start] == 0x3F
      { start += 1 }
      var address = text.slice(start, end)
      for prefix in ["mailto:", "smtp:"] as [StaticString] where address.hasPrefix(caseless: prefix) {
        address = address.dropFirst(prefix.utf8CodeUnitCount)
      }
      if isAddress(address, before: start > 0 ? text[start - 1] : 0x20, in: text, start),
        !into.contains(where: { $0.equals(caseless: address) })
      {
        into.append(address)
      }
    }
  }

  private static func isLocal(_ byte: UInt8) -> Bool {
    switch byte {
    // Not `:` `;` `,` `<` `(` `[` `"` `|`: they end what stands before an address.
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D...0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B, 0x7D, 0x7E: true
    default: byte.isASCIIAlphanumeric
    }
  }

  /// A letter of two bytes in UTF-8 (Latin, Greek, Cyrillic and others, U+00C0 to U+07FF), as RFC 6531 allows. Those of
  /// three stand in scripts that have no spaces: what precedes an address there is a sentence, not its local part.
  private static func isLetter(_ first: UInt8, _ second: UInt8) -> Bool {
    first >= 0xC3 && first <= 0xDF && second & 0xC0 == 0x80
  }

  private static func isDomain(_ byte: UInt8) -> Bool {
    byte.isASCIIAlphanumeric || byte == 0x2D || byte == 0x2E || byte == 0x5F
  }

  private static func isAddress(_ address: ByteSlice, before: UInt8, in text: ByteSlice, _ start: Int) -> Bool {
    guard address.count <= 320, let at = address.firstIndex(of: 0x40), at > 0, at + 3 < address.count else {
      return false
    }
    let domain = address.dropFirst(at + 1)
    guard let dot = domain.lastIndex(of: 0x2E), dot > 0, domain[0] != 0x2E, !domain.contains("..") else { return false }
    // The top-level domain is made of letters (or is `xn--…`): what has digits is a host in a Message-ID, or an IP.
    let top = domain.dropFirst(dot + 1)
    guard top.count >= 2, top[0].isASCIILetter || top[0] >= 0xC3 else { return false }
    return !isMessageID(text, start)
  }

  /// `Message-ID: <…`, `cid:…`, `mid:…` and the like stand before ids, not addresses.
  private static func isMessageID(_ text: ByteSlice, _ start: Int) -> Bool {
    var at = start
    while at > 0, text[at - 1] == 0x3C || text[at - 1].isBlank || text[at - 1] == 0x5B || text[at - 1] == 0x22 {
      at -= 1
    }
    guard at > 0, text[at - 1] == 0x3A else { return false }
    var from = at - 1
    while from > 0, text[from - 1].isASCIIAlphanumeric || text[from - 1] == 0x2D { from -= 1 }
    let name = text.slice(from, at - 1)
    for id in ["message-id", "messageid", "in-reply-to", "references", "cid", "mid", "msgid", "content-id"]
      as [StaticString]
    where name.equals(caseless: id) { return true }
    return false
  }
}
