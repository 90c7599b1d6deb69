import ByteSlices
import Records

/// Takes off an address what senders and relays put into it: BATV, PRVS, SRS, VERP, and tags behind a plus sign.
///
/// Only the local part is looked at, once, from its marks; an address without any costs a scan for `=`, `+` and `#`.
struct EnvelopeAddress {
  /// The mailbox without signatures, forwarder and tag; empty when the address has none of these.
  private(set) var base = ByteSlice.empty
  /// What stood behind the plus sign, or in the place of the tag: a token that names a subscriber, perhaps.
  private(set) var tag = ByteSlice.empty
  /// The recipient that a VERP return address names (`list-bounces+anna=example.com@…`); empty when it names none.
  private(set) var recipient = ByteSlice.empty

  init(_ address: ByteSlice, _ arena: Arena) {
    guard let sign = address.lastIndex(of: 0x40), sign > 0, address.count <= 512,
      address.prefix(sign).contains(where: { $0 == 0x3D || $0 == 0x2B || $0 == 0x23 || $0 == 0x2A })
    else { return }
    let plain = EnvelopeAddress.unsigned(address, arena)
    if plain != address { base = plain }
    guard let at = plain.lastIndex(of: 0x40) else { return }
    let local = plain.prefix(at)
    recipient = EnvelopeAddress.named(local, arena)
    if let plus = local.firstIndex(of: 0x2B), plus > 0 {
      tag = local.dropFirst(plus + 1)
      base = arena.concat(local.prefix(plus), plain.dropFirst(at))
    }
  }

  /// True when nothing was taken off.
  var isPlain: Bool { base.isEmpty && recipient.isEmpty }

  // MARK: signatures and forwarders

  /// An address without BATV, PRVS and SRS around it, and a guest's own address; as it was, when there are none.
  static func unsigned(_ address: ByteSlice, _ arena: Arena) -> ByteSlice {
    var address = address
    // A forwarder's rewriting goes around a signature, and a second forwarder's around the first.
    for _ in 0..<4 {
      guard let at = address.lastIndex(of: 0x40), let shorter = peeled(address.prefix(at), address.dropFirst(at), arena)
      else { break }
      address = shorter
    }
    return address
  }

  private static func peeled(_ local: ByteSlice, _ domain: ByteSlice, _ arena: Arena) -> ByteSlice? {
    guard let first = local.first else { return nil }
    switch first | 0x20 {
    case 0x70 where local.hasPrefix(caseless: "prvs="): return prvs(local.dropFirst(5), domain, arena)
    case 0x6D where local.hasPrefix(caseless: "msprvs1="):  // SparkPost
      guard let equals = local.firstIndex(of: 0x3D, from: 8), equals + 1 < local.count else { return nil }
      return arena.concat(local.dropFirst(equals + 1), domain)
    case 0x62 where local.hasPrefix(caseless: "btv1==") || local.hasPrefix(caseless: "batv=="):  // Barracuda
      guard let equals = local.firstIndex(of: "==", from: 6), equals + 2 < local.count else { return nil }
      return arena.concat(local.dropFirst(equals + 2), domain)
    case 0x73 where local.count > 5 && local.hasPrefix(caseless: "srs0"): return srs(local.dropFirst(5), domain, arena)
    case 0x73 where local.count > 5 && local.hasPrefix(caseless: "srs1"):
      // `SRS1=hash=first.example==hash=stamp=domain=local`: what SRS0 had, behind a doubled separator.
      guard let inner = local.firstIndex(of: "==") ?? local.firstIndex(of: "=+") ?? local.firstIndex(of: "=-") else {
        return nil
      }
      return srs(local.dropFirst(inner + 2), domain, arena)
    case 0x69 where local.hasPrefix(caseless: "imceasmtp-"): return encapsulated(local.dropFirst(10), arena)
    default: return guest(local, arena)
    }
  }

  /// `prvs=0123abcdef=anna@…`, and the older `prvs=anna/0123abcdef@…` (draft-levine-smtp-batv).
  private static func prvs(_ rest: ByteSlice, _ domain: ByteSlice, _ arena: Arena) -> ByteSlice? {
    if let slash = rest.lastIndex(of: 0x2F), isToken(rest.dropFirst(slash + 1)) {
      return slash > 0 ? arena.concat(rest.prefix(slash), domain) : nil
    }
    guard let equals = rest.firstIndex(of: 0x3D), equals + 1 < rest.count, isToken(rest.prefix(equals)) else {
      return nil
    }
    return arena.concat(rest.dropFirst(equals + 1), domain)
  }

  private static func isToken(_ bytes: ByteSlice) -> Bool {
    bytes.count >= 4 && bytes.count <= 32 && !bytes.contains { !$0.isASCIIAlphanumeric }
  }

  /// `hash=stamp=example.com=anna` (the sender rewriting scheme of libsrs2, postsrsd and Exchange Online).
  private static func srs(_ rest: ByteSlice, _ domain: ByteSlice, _ arena: Arena) -> ByteSlice? {
    guard let first = rest.firstIndex(of: 0x3D), let second = rest.firstIndex(of: 0x3D, from: first + 1),
      let third = rest.firstIndex(of: 0x3D, from: second + 1), third + 1 < rest.count
    else { return nil }
    let host = rest.slice(second + 1, third)
    guard isHost(host) else { return nil }
    return arena.concat(rest.dropFirst(third + 1), ByteSlice("@" as StaticString), host)
  }

  /// `IMCEASMTP-anna+40example+2Ecom@corp.example.net`: an address that Exchange wrapped into one of its own.
  private static func encapsulated(_ name: ByteSlice, _ arena: Arena) -> ByteSlice? {
    let out = arena.allocate(name.count)
    var count = 0
    var at = 0
    while at < name.count {
      if name[at] == 0x2B, at + 2 < name.count, let high = name[at + 1].hexValue, let low = name[at + 2].hexValue {
        out[count] = UInt8(high) << 4 | UInt8(low)
        at += 3
      } else {
        out[count] = name[at]
        at += 1
      }
      count += 1
    }
    arena.shrinkLast(allocated: name.count, kept: count)
    let address = ByteSlice(base: out, count: count)
    guard let sign = address.lastIndex(of: 0x40), sign > 0, isHost(address.dropFirst(sign + 1)),
      !address.contains(where: { $0 <= 0x20 })
    else { return nil }
    return address
  }

  /// `anna_example.com#EXT#@tenant.onmicrosoft.com`: a guest in somebody's directory.
  private static func guest(_ local: ByteSlice, _ arena: Arena) -> ByteSlice? {
    guard local.count > 5, local.dropFirst(local.count - 5).equals(caseless: "#ext#") else { return nil }
    let name = local.dropLast(5)
    guard let bar = name.lastIndex(of: 0x5F), bar > 0, isHost(name.dropFirst(bar + 1)) else { return nil }
    return arena.concat(name.prefix(bar), ByteSlice("@" as StaticString), name.dropFirst(bar + 1))
  }

  // MARK: VERP

  /// The recipient in a local part that ends in `anna=example.com`, `anna==a==example.com` (Sympa) or
  /// `anna**example.com` (LISTSERV, which writes `*-` for a dot).
  private static func named(_ local: ByteSlice, _ arena: Arena) -> ByteSlice {
    if let mark = local.firstIndex(of: "==a==") {
      let rest = local.dropFirst(mark + 5)
      return joined(local.prefix(mark), rest.prefix(rest.firstIndex(of: "==") ?? rest.count), arena)
    }
    if let mark = local.firstIndex(of: "**"), let star = local.prefix(mark).lastIndex(of: 0x2A) {
      let domain = arena.copy(local.dropFirst(mark + 2))
      return joined(local.slice(star + 1, mark), dotted(domain, arena), arena)
    }
    guard let equals = local.lastIndex(of: 0x3D) else { return .empty }
    return joined(local.prefix(equals), local.dropFirst(equals + 1), arena)
  }

  private static func dotted(_ domain: ByteSlice, _ arena: Arena) -> ByteSlice {
    let out = arena.allocate(domain.count)
    var count = 0
    var at = 0
    while at < domain.count {
      let isDot = domain[at] == 0x2A && at + 1 < domain.count && domain[at + 1] == 0x2D
      out[count] = isDot ? 0x2E : domain[at]
      count += 1
      at += isDot ? 2 : 1
    }
    arena.shrinkLast(allocated: domain.count, kept: count)
    return ByteSlice(base: out, count: count)
  }

  private static func joined(_ left: ByteSlice, _ host: ByteSlice, _ arena: Arena) -> ByteSlice {
    guard isHost(host) else { return .empty }
    let user = left.dropFirst(start(ofUserIn: left))
    guard !user.isEmpty, user.count <= 64, user[0] != 0x2E, !user.contains(where: { $0 == 0x3D || $0 == 0x2A }) else {
      return .empty
    }
    return arena.concat(user, ByteSlice("@" as StaticString), host)
  }

  /// Where the recipient's local part begins behind the list's name: after a plus sign, or after the word by which
  /// list managers mark their bounces. Behind it SendGrid, Mailchimp and ezmlm put ids, which are passed over.
  private static func start(ofUserIn left: ByteSlice) -> Int {
    var from = 0
    if let plus = left.firstIndex(of: 0x2B) {
      from = plus + 1
    } else {
      var found = -1
      for mark in ["-bounces-", "-bounce-", "-return-", "-owner-", "-errors-", "-request-"] as [StaticString] {
        if let at = left.firstIndex(ofCaseless: mark) { found = max(found, at + mark.utf8CodeUnitCount) }
      }
      for mark in ["bounces-", "bounce-", "return-", "sentto-", "verp-"] as [StaticString]
      where found < 0 && left.hasPrefix(caseless: mark) { found = mark.utf8CodeUnitCount }
      if found < 0 { found = left.lastIndex(of: 0x2D).map { $0 + 1 } ?? 0 }
      from = found
    }
    return from + ids(left.dropFirst(from))
  }

  /// The length of the ids in front of a local part: `123-`, `12345-0a1b-`, `mc.us1_12.34-`.
  private static func ids(_ rest: ByteSlice) -> Int {
    var at = 0
    while let dash = rest.firstIndex(of: 0x2D, from: at), dash > at, dash + 1 < rest.count {
      let word = rest.slice(at, dash)
      let hasDigit = word.contains { $0.isASCIIDigit }
      let isHex = !word.contains { !($0.isASCIIDigit || ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x66) }
      guard hasDigit && isHex || word.hasPrefix("mc.") else { break }
      at = dash + 1
    }
    return at
  }

  /// A domain name with a dot, whose last label is made of letters.
  static func isHost(_ name: ByteSlice) -> Bool {
    guard name.count >= 4, name.count <= 253, let dot = name.lastIndex(of: 0x2E), dot > 0, dot + 2 < name.count,
      name[0] != 0x2D, name[0] != 0x2E, !name.contains("..")
    else { return false }
    for byte in name where !(byte.isASCIIAlphanumeric || byte == 0x2D || byte == 0x2E) { return false }
    for byte in name.dropFirst(dot + 1) where !(byte.isASCIILetter || name.dropFirst(dot + 1).hasPrefix("xn--")) {
      return false
    }
    return true
  }
}
