import ByteSlices

/// The parameters of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231).
public enum Parameters {
  /// The value of the parameter of that name (lower case), without quotes, continuations joined. Percent signs of an
  /// extended value are decoded; its charset is returned beside it.
  public static func value(
    of wanted: StaticString, in header: ByteSlice, arena: Arena
  ) -> (value: ByteSlice, charset: ByteSlice)? {
    var pieces: [(number: Int, value: ByteSlice, extended: Bool)] = []
    let name = ByteSlice(wanted)
    var at = header.firstIndex(of: 0x3B) ?? header.count
    while at < header.count {
      guard let parameter = next(header, &at) else { continue }
      guard parameter.name.count >= name.count, parameter.name.prefix(name.count).equals(caseless: name) else {
        continue
      }
      let rest = parameter.name.dropFirst(name.count)
      if rest.isEmpty { return (unquoted(parameter.value, arena), .empty) }
      guard rest[0] == 0x2A, pieces.count < 64 else { continue }
      let extended = rest.last == 0x2A
      let number = rest.count == 1 ? 0 : rest.slice(1, extended ? rest.count - 1 : rest.count).decimal
      guard let number else { continue }
      pieces.append((number, unquoted(parameter.value, arena), extended))
    }
    guard !pieces.isEmpty else { return nil }
    return join(&pieces, arena)
  }

  /// Reads one `name=value` from `at` on, which stands at a semicolon or where the last one ended.
  private static func next(_ header: ByteSlice, _ at: inout Int) -> (name: ByteSlice, value: ByteSlice)? {
    while at < header.count, header[at] == 0x3B || header[at].isASCIISpace { at += 1 }
    if at < header.count, header[at] == 0x28 { skipComment(header, &at) }
    let start = at
    while at < header.count, header[at] != 0x3D, header[at] != 0x3B { at += 1 }
    let name = header.slice(start, at).trimmed
    guard at < header.count, header[at] == 0x3D else { return nil }
    at += 1
    while at < header.count, header[at].isASCIISpace { at += 1 }
    let from = at
    if at < header.count, header[at] == 0x22 {
      at += 1
      while at < header.count, header[at] != 0x22 { at += header[at] == 0x5C ? 2 : 1 }
      at = min(at + 1, header.count)
      let value = header.slice(from, at)
      while at < header.count, header[at] != 0x3B { at += 1 }
      return (name, value)
    }
    while at < header.count, header[at] != 0x3B, !header[at].isASCIISpace { at += 1 }
    let value = header.slice(from, at)
    while at < header.count, header[at].isASCIISpace { at += 1 }
    // `; ` may have been forgotten between two parameters: what follows is then read as the next one.
    if at < header.count, header[at] == 0x28 { skipComment(header, &at) }
    return (name, value)
  }

  private static func skipComment(_ header: ByteSlice, _ at: inout Int) {
    var depth = 0
    while at < header.count {
      switch header[at] {
      case 0x28: depth += 1
      case 0x29: depth -= 1
      case 0x5C: at += 1
      default: break
      }
      at += 1
      if depth == 0 { return }
    }
    at = header.count
  }

  /// Without the quotes, escapes undone, folds taken out.
  private static func unquoted(_ value: ByteSlice, _ arena: Arena) -> ByteSlice {
    guard value.first == 0x22 else { return value }
    let inside = value.slice(1, value.count > 1 && value.last == 0x22 ? value.count - 1 : value.count)
    guard inside.contains(0x5C) || inside.contains(0x0A) else { return inside }
    let out = arena.allocate(inside.count)
    var written = 0
    var at = 0
    while at < inside.count {
      if inside[at] == 0x5C, at + 1 < inside.count { at += 1 }
      if inside[at] != 0x0A {
        out[written] = inside[at]
        written += 1
      }
      at += 1
    }
    arena.shrinkLast(allocated: inside.count, kept: written)
    return ByteSlice(base: out, count: written)
  }

  private static func join(
    _ pieces: inout [(number: Int, value: ByteSlice, extended: Bool)], _ arena: Arena
  ) -> (value: ByteSlice, charset: ByteSlice) {
    pieces.sort { $0.number < $1.number }
    var charset = ByteSlice.empty
    let total = pieces.reduce(0) { $0 + $1.value.count }
    let out = arena.allocate(total)
    var written = 0
    for (position, piece) in pieces.enumerated() {
      var value = piece.value
      if position == 0, piece.extended, let (label, rest) = value.cut(at: 0x27), let (_, text) = rest.cut(at: 0x27) {
        charset = label
        value = text
      }
      var at = 0
      while at < value.count {
        if piece.extended, value[at] == 0x25, at + 2 < value.count, let high = value[at + 1].hexValue,
          let low = value[at + 2].hexValue
        {
          out[written] = high << 4 | low
          at += 3
        } else {
          out[written] = value[at]
          at += 1
        }
        written += 1
      }
    }
    arena.shrinkLast(allocated: total, kept: written)
    return (ByteSlice(base: out, count: written), charset)
  }
}
