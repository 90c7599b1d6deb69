import ByteSlices

/// Addresses as they stand in reports.
enum MailAddress {
  /// An address without what reports put around it: brackets, quotes, `mailto:`, `rfc822;`, a source route, a name,
  /// a dot at the end. Empty when what is left is no address.
  static func bare(_ written: ByteSlice) -> ByteSlice {
    var address = written.trimmed
    guard let at = address.lastIndex(of: 0x40), at > 0 else { return .empty }
    // `Name <a@b>`
    if let open = address.slice(0, at).lastIndex(of: 0x3C) {
      let close = address.firstIndex(of: 0x3E, from: at) ?? address.count
      address = address.slice(open + 1, close)
    }
    // `[SMTP:a@b]`
    while let first = address.first, opening(first) { address = address.dropFirst() }
    for prefix in ["mailto:", "smtp:", "rfc822;", "rfc822:", "x400;", "addr-type:"] as [StaticString]
    where address.hasPrefix(caseless: prefix) { address = address.dropFirst(prefix.utf8CodeUnitCount).trimmed }
    while let first = address.first, opening(first) { address = address.dropFirst() }
    // An address literal (RFC 5321 §4.1.3) keeps its bracket.
    while let last = address.last, closing(last) {
      if last == 0x5D, address.firstIndex(of: "@[") != nil { break }
      address = address.dropLast()
    }
    // A source route (RFC 5321 §4.1.2): `@relay,@other:user@host`.
    if address.first == 0x40, let colon = address.firstIndex(of: 0x3A) { address = address.dropFirst(colon + 1) }
    return isPlausible(address) ? address : .empty
  }

  private static func opening(_ byte: UInt8) -> Bool {
    byte == 0x3C || byte == 0x28 || byte == 0x5B || byte == 0x27 || byte == 0x2C || byte == 0x3B || byte.isASCIISpace
      || byte == 0x3E || byte == 0x2A
  }

  private static func closing(_ byte: UInt8) -> Bool {
    byte == 0x3E || byte == 0x29 || byte == 0x5D || byte == 0x27 || byte == 0x2C || byte == 0x3B || byte == 0x3A
      || byte == 0x2E || byte == 0x22 || byte == 0x2A || byte.isASCIISpace
  }

  /// One `@` that counts, something on both sides, no white space or brackets outside quotes, at most 320 bytes.
  private static func isPlausible(_ address: ByteSlice) -> Bool {
    guard address.count <= 320, let at = address.lastIndex(of: 0x40), at > 0, at + 1 < address.count else {
      return false
    }
    let isQuoted = address[0] == 0x22 && at > 1 && address[at - 1] == 0x22
    for i in 0..<address.count {
      let byte = address[i]
      if isQuoted, i < at { continue }
      if byte <= 0x20 || byte == 0x3C || byte == 0x3E || byte == 0x22 || byte == 0x2C || byte == 0x28 || byte == 0x29 {
        return false
      }
    }
    return true
  }

  /// True when `address` stands in `text` by itself, without regard to case.
  static func occurs(_ address: ByteSlice, in text: ByteSlice) -> Bool {
    guard address.count > 0, text.count >= address.count, let middle = address.lastIndex(of: 0x40) else { return false }
    var from = 0
    while let at = text.firstIndex(of: 0x40, from: from) {
      let start = at - middle
      if start >= 0, text.slice(start, start + address.count).equals(caseless: address) {
        let before: UInt8 = start > 0 ? text[start - 1] : 0x20
        let end = start + address.count
        let after: UInt8 = end < text.count ? text[end] : 0x20
        if !isAtom(before), !isAtom(after) || after == 0x2E { return true }
      }
      from = at + 1
    }
    return false
  }

  /// What an unquoted local part or domain is made of (RFC 5322 §3.2.3), without the dot.
  private static func isAtom(_ byte: UInt8) -> Bool {
    byte.isASCIIAlphanumeric || byte == 0x2E || byte == 0x2D || byte == 0x5F || byte == 0x2B || byte == 0x3D
      || byte >= 0x80
  }
}
