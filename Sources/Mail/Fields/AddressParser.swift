import ByteSlices
import CShims

/// Reads addresses out of header values, from the correct to the barely readable.
public struct AddressParser {
  private let arena: Arena
  /// Bytes of a value that are looked at: what an unclosed quote or comment can cost is bounded by it.
  public static let longest = 8 << 10

  public init(arena: Arena) { self.arena = arena }

  /// Appends the mailboxes of an address list; groups give their members. At most `limit` are read.
  public func parse(_ raw: ByteSlice, limit: Int = 1000, into list: inout [Mailbox]) {
    let raw = raw.prefix(AddressParser.longest)
    if list.count < limit, let mailbox = AddressParser.plain(raw) { return list.append(mailbox) }
    var at = 0
    var slips = Slips()
    while at < raw.count, list.count < limit {
      if let mailbox = mailbox(raw, &at, &slips) { list.append(mailbox) }
    }
  }

  /// The first mailbox of a value.
  public func first(_ raw: ByteSlice) -> Mailbox? {
    let raw = raw.prefix(AddressParser.longest)
    if let mailbox = AddressParser.plain(raw) { return mailbox }
    var at = 0
    var slips = Slips()
    while at < raw.count {
      if let mailbox = mailbox(raw, &at, &slips) { return mailbox }
    }
    return nil
  }

  /// The mailbox of a value that is nothing else, written as nearly all are. It is what the long way would give.
  private static func plain(_ raw: ByteSlice) -> Mailbox? {
    var places = rm_mailbox()
    guard rm_plain_mailbox(raw.base, raw.count, &places) != 0 else { return nil }
    return Mailbox(
      address: raw.slice(places.addressStart, places.addressEnd), name: raw.slice(places.nameStart, places.nameEnd))
  }

  /// One address as reports write it: an address type (`rfc822;`, RFC 3464 §2.3.1), `mailto:`, brackets, a source
  /// route and quotes are taken off. Empty when it holds no address.
  public func address(_ raw: ByteSlice) -> ByteSlice {
    var value = raw.prefix(2048).trimmed
    if let semicolon = value.firstIndex(of: 0x3B), semicolon < 16, value.prefix(semicolon).trimmed.isAddressType {
      value = value.dropFirst(semicolon + 1).trimmed
    }
    if value.hasPrefix(caseless: "mailto:") { value = value.dropFirst(7) }
    if value.isEmpty { return .empty }
    if let mailbox = first(value), mailbox.address.contains(0x40) { return mailbox.address }
    let bare = value.first == 0x3C ? value.slice(1, value.firstIndex(of: 0x3E) ?? value.count) : value
    var end = 0
    while end < bare.count, !bare[end].isASCIISpace { end += 1 }
    return normal(bare.slice(0, end))
  }

  /// Quotes and comments of a value that were found not to close: the next ones are not looked for their ends again and
  /// again, so that time stays linear.
  private struct Slips {
    /// No quote closes any more.
    var hasOpenQuote = false
    var openComments = 0
    static let mostComments = 8
  }

  // MARK: one mailbox

  /// Reads up to the next comma, semicolon or the end, and past it.
  private func mailbox(_ raw: ByteSlice, _ at: inout Int, _ slips: inout Slips) -> Mailbox? {
    let start = at
    var angle = ByteSlice.empty
    var hasAngle = false
    var comment = ByteSlice.empty
    var nameEnd = -1
    var bareStart = -1
    var bareEnd = -1
    var sawComment = false
    scan: while at < raw.count {
      let byte = raw.base[at]
      switch byte {
      case 0x2C, 0x3B:  // , ;
        at += 1
        break scan
      case 0x3A where !hasAngle && bareStart >= 0 && isGroup(raw, start, at):  // a group's name ends
        at += 1
        return nil
      case 0x22:
        if bareStart < 0 { bareStart = at }
        skipQuoted(raw, &at, &slips)
        bareEnd = at
        continue scan
      case 0x28:
        let from = at
        skipComment(raw, &at, &slips)
        sawComment = true
        comment = raw.slice(from + 1, max(at - 1, from + 1))
        continue scan
      case 0x3C where !hasAngle:
        if nameEnd < 0 { nameEnd = at }
        angle = angleAddress(raw, &at, &slips)
        hasAngle = true
        continue scan
      default:
        if !byte.isASCIISpace {
          if bareStart < 0 { bareStart = at }
          bareEnd = at + 1
        }
        at += 1
      }
    }
    if hasAngle {
      let name = unquoted(raw.slice(start, nameEnd).trimmed)
      let address = normal(angle)
      if address.isEmpty, name.isEmpty { return nil }
      // `"user@example.com" <>` and the like: the name is all there is.
      return Mailbox(address: address, name: name.isEmpty ? comment : name)
    }
    guard bareStart >= 0 else { return nil }
    var bare = raw.slice(bareStart, bareEnd)
    if sawComment { bare = withoutComments(bare) }
    return fromBare(bare, comment)
  }

  /// An address without brackets; words before it are taken for a name whose brackets were lost.
  private func fromBare(_ bare: ByteSlice, _ comment: ByteSlice) -> Mailbox? {
    var bare = bare
    if bare.hasPrefix(caseless: "mailto:") { bare = bare.dropFirst(7) }
    guard let sign = bare.lastIndex(of: 0x40) else {
      let value = bare.trimmed
      // Without an at sign one word may be a local user; several are just a name.
      for byte in value where byte.isASCIISpace { return Mailbox(address: .empty, name: unquoted(value)) }
      return Mailbox(address: normal(value), name: comment)
    }
    var from = sign
    if from > 0, bare[from - 1] == 0x22 {
      from -= 1
      while from > 0, bare[from - 1] != 0x22 { from -= 1 }
      from = max(from - 1, 0)
    } else {
      while from > 0, bare[from - 1].isASCIISpace { from -= 1 }
      while from > 0, !bare[from - 1].isASCIISpace { from -= 1 }
    }
    var to = sign + 1
    while to < bare.count, bare[to].isASCIISpace { to += 1 }
    while to < bare.count, !bare[to].isASCIISpace { to += 1 }
    let name = from > 0 ? unquoted(bare.slice(0, from).trimmed) : comment
    return Mailbox(address: normal(bare.slice(from, to)), name: name)
  }

  /// True when the colon ends a group's name, and is not part of a source route, a `mailto:` or an address.
  private func isGroup(_ raw: ByteSlice, _ start: Int, _ colon: Int) -> Bool {
    let name = raw.slice(start, colon).trimmed
    if name.equals(caseless: "mailto") || name.contains(0x40) { return false }
    return !(colon + 1 < raw.count && raw.base[colon + 1] == 0x2F)
  }

  /// Between `<` and `>`, with the brackets that some writers double taken off; a source route goes too.
  private func angleAddress(_ raw: ByteSlice, _ at: inout Int, _ slips: inout Slips) -> ByteSlice {
    while at < raw.count, raw.base[at] == 0x3C || raw.base[at].isASCIISpace { at += 1 }
    let from = at
    while at < raw.count, raw.base[at] != 0x3E {
      if raw.base[at] == 0x22 { skipQuoted(raw, &at, &slips) } else { at += 1 }
    }
    let inside = raw.slice(from, at)
    while at < raw.count, raw.base[at] == 0x3E { at += 1 }
    return inside
  }

  private func skipQuoted(_ raw: ByteSlice, _ at: inout Int, _ slips: inout Slips) {
    let start = at
    at += 1
    if slips.hasOpenQuote { return }
    while at < raw.count, raw.base[at] != 0x22 { at += raw.base[at] == 0x5C ? 2 : 1 }
    if at < raw.count {
      at += 1
      return
    }
    // A quote that never closes is a letter like any other.
    slips.hasOpenQuote = true
    at = start + 1
  }

  private func skipComment(_ raw: ByteSlice, _ at: inout Int, _ slips: inout Slips) {
    let start = at
    var depth = 0
    while at < raw.count, slips.openComments < Slips.mostComments {
      switch raw.base[at] {
      case 0x28: depth += 1
      case 0x29: depth -= 1
      case 0x5C: at += 1
      default: break
      }
      at += 1
      if depth == 0 { return }
    }
    slips.openComments += 1
    at = start + 1
  }

  private func withoutComments(_ bare: ByteSlice) -> ByteSlice {
    let out = arena.allocate(bare.count)
    var written = 0
    var at = 0
    var slips = Slips()
    while at < bare.count {
      if bare[at] == 0x28 {
        skipComment(bare, &at, &slips)
        continue
      }
      out[written] = bare[at]
      written += 1
      at += 1
    }
    arena.shrinkLast(allocated: bare.count, kept: written)
    return ByteSlice(base: out, count: written).trimmed
  }

  /// A display name without its quotes and escapes.
  private func unquoted(_ name: ByteSlice) -> ByteSlice {
    guard name.count >= 2, name.first == 0x22, name.last == 0x22 else { return name }
    let inside = name.slice(1, name.count - 1)
    guard inside.contains(0x5C) else { return inside.trimmed }
    let out = arena.allocate(inside.count)
    var written = 0
    var at = 0
    while at < inside.count {
      if inside[at] == 0x5C, at + 1 < inside.count { at += 1 }
      out[written] = inside[at]
      written += 1
      at += 1
    }
    arena.shrinkLast(allocated: inside.count, kept: written)
    return ByteSlice(base: out, count: written).trimmed
  }

  // MARK: normal form

  /// The normal form: `mailto:`, a source route, stray quotes, brackets, trailing dots and white space inside are taken
  /// off, the domain is put in lower case.
  public func normal(_ raw: ByteSlice) -> ByteSlice {
    var address = raw.trimmed
    if address.hasPrefix(caseless: "mailto:") { address = address.dropFirst(7) }
    if address.first == 0x40, let colon = address.lastIndex(of: 0x3A) { address = address.dropFirst(colon + 1) }
    while let first = address.first, first == 0x3C || first == 0x27 || first == 0x60 || first == 0x28 {
      address = address.dropFirst()
    }
    while let last = address.last, ">'`,;:.".utf8.contains(last) || last == 0x29 && !address.contains(0x28) {
      address = address.dropLast()
    }
    // A pair of quotes around the whole is none of a local part's.
    if address.count > 2, address.first == 0x22, address.last == 0x22 { address = address.slice(1, address.count - 1) }
    guard let sign = address.lastIndex(of: 0x40) else { return address.contains(0x20) ? .empty : address }
    let local = address.slice(0, sign).trimmed
    let domain = address.slice(sign + 1, address.count).trimmed
    guard !local.isEmpty, !domain.isEmpty else { return .empty }
    if local.count + domain.count + 1 == address.count, !domain.contains(where: { $0.isASCIIUppercase || $0 <= 0x20 }),
      local.first == 0x22 || !local.contains(where: { $0 <= 0x20 })
    {
      return unquotedLocal(address, local, domain)
    }
    return unquotedLocal(.empty, local, domain)
  }

  /// `"plain"@domain` is `plain@domain` (RFC 5321 §4.1.2).
  private func unquotedLocal(_ whole: ByteSlice, _ local: ByteSlice, _ domain: ByteSlice) -> ByteSlice {
    var local = local
    if local.count > 2, local.first == 0x22, local.last == 0x22 {
      let inside = local.slice(1, local.count - 1)
      if !inside.contains(where: { !$0.isAtomText }) { local = inside } else if !whole.isEmpty { return whole }
    } else if !whole.isEmpty {
      return whole
    }
    let quoted = local.first == 0x22
    let room = local.count + domain.count + 1
    let out = arena.allocate(room)
    var written = 0
    for byte in local where quoted || !byte.isASCIISpace {
      out[written] = byte
      written += 1
    }
    out[written] = 0x40
    written += 1
    for byte in domain where !byte.isASCIISpace {
      out[written] = byte.asciiLowercased
      written += 1
    }
    arena.shrinkLast(allocated: room, kept: written)
    return ByteSlice(base: out, count: written)
  }
}

extension UInt8 {
  /// What a local part may hold without quotes: atext, dots, and all past ASCII (RFC 5321 §4.1.2, RFC 6531).
  var isAtomText: Bool {
    isASCIIAlphanumeric || self >= 0x80 || "!#$%&'*+-/=?^_`{|}~.".utf8.contains(self)
  }
}

extension ByteSlice {
  /// True for what may stand before the semicolon of a typed address: letters, digits and hyphens.
  fileprivate var isAddressType: Bool {
    !isEmpty && !contains(where: { !$0.isASCIIAlphanumeric && $0 != 0x2D })
  }
}
