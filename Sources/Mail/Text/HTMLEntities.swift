import ByteSlices

/// Character references of HTML: the numeric ones, and the names that mail uses.
enum HTMLEntities {
  /// Reads the reference at an `&`. Returns its code point and the offset past it, or nil when it is a bare `&`.
  static func read(_ html: ByteSlice, _ at: Int) -> (scalar: UInt32, end: Int)? {
    guard at + 2 < html.count else { return nil }
    if html.base[at + 1] == 0x23 { return numeric(html, at + 2) }
    var end = at + 1
    while end < html.count, end - at < 12, html.base[end].isASCIIAlphanumeric { end += 1 }
    guard end > at + 1, let scalar = named(html.slice(at + 1, end)) else { return nil }
    return (scalar, end < html.count && html.base[end] == 0x3B ? end + 1 : end)
  }

  private static func numeric(_ html: ByteSlice, _ start: Int) -> (scalar: UInt32, end: Int)? {
    var at = start
    let isHex = at < html.count && html.base[at] | 0x20 == 0x78
    if isHex { at += 1 }
    let digits = at
    var value: UInt32 = 0
    while at < html.count, at - digits < 8 {
      guard let digit = html.base[at].hexValue, isHex || digit < 10 else { break }
      value = value &* (isHex ? 16 : 10) &+ UInt32(digit)
      at += 1
    }
    guard at > digits else { return nil }
    if at < html.count, html.base[at] == 0x3B { at += 1 }
    // 128–159 mean Windows-1252 in practice; NUL, surrogates and what lies past Unicode mean nothing.
    if value >= 0x80, value < 0xA0 { value = SingleByteTable.windows1252.scalar(UInt8(value)) }
    if value == 0 || value > 0x10FFFF || value >= 0xD800 && value < 0xE000 { value = 0xFFFD }
    return (value, at)
  }

  private static func named(_ name: ByteSlice) -> UInt32? {
    guard let position = position(of: name) else { return nil }
    return names[position].1
  }

  private static func position(of name: ByteSlice) -> Int? {
    var low = 0
    var high = names.count - 1
    while low <= high {
      let middle = (low + high) / 2
      let order = compare(name, ByteSlice(names[middle].0))
      if order == 0 { return middle }
      if order < 0 { high = middle - 1 } else { low = middle + 1 }
    }
    return nil
  }

  private static func compare(_ a: ByteSlice, _ b: ByteSlice) -> Int {
    var at = 0
    while at < a.count, at < b.count {
      if a[at] != b[at] { return Int(a[at]) - Int(b[at]) }
      at += 1
    }
    return a.count - b.count
  }

  /// Sorted by name, byte for byte.
  static let names: [(StaticString, UInt32)] = [
    ("AElig", 0xC6), ("AMP", 0x26), ("Aacute", 0xC1), ("Acirc", 0xC2), ("Agrave", 0xC0), ("Alpha", 0x391),
    ("Aring", 0xC5), ("Atilde", 0xC3), ("Auml", 0xC4), ("Beta", 0x392), ("Ccedil", 0xC7), ("Chi", 0x3A7),
    ("Dagger", 0x2021), ("Delta", 0x394), ("ETH", 0xD0), ("Eacute", 0xC9), ("Ecirc", 0xCA), ("Egrave", 0xC8),
    ("Epsilon", 0x395), ("Eta", 0x397), ("Euml", 0xCB), ("GT", 0x3E), ("Gamma", 0x393), ("Iacute", 0xCD),
    ("Icirc", 0xCE), ("Igrave", 0xCC), ("Iota", 0x399), ("Iuml", 0xCF), ("Kappa", 0x39A), ("LT", 0x3C),
    ("Lambda", 0x39B), ("Mu", 0x39C), ("Ntilde", 0xD1), ("Nu", 0x39D), ("OElig", 0x152), ("Oacute", 0xD3),
    ("Ocirc", 0xD4), ("Ograve", 0xD2), ("Omega", 0x3A9), ("Omicron", 0x39F), ("Oslash", 0xD8), ("Otilde", 0xD5),
    ("Ouml", 0xD6), ("Phi", 0x3A6), ("Pi", 0x3A0), ("Prime", 0x2033), ("Psi", 0x3A8), ("QUOT", 0x22),
    ("Rho", 0x3A1), ("Scaron", 0x160), ("Sigma", 0x3A3), ("THORN", 0xDE), ("Tau", 0x3A4), ("Theta", 0x398),
    ("Uacute", 0xDA), ("Ucirc", 0xDB), ("Ugrave", 0xD9), ("Upsilon", 0x3A5), ("Uuml", 0xDC), ("Xi", 0x39E),
    ("Yacute", 0xDD), ("Yuml", 0x178), ("Zeta", 0x396), ("aacute", 0xE1), ("acirc", 0xE2), ("acute", 0xB4),
    ("aelig", 0xE6), ("agrave", 0xE0), ("alpha", 0x3B1), ("amp", 0x26), ("apos", 0x27), ("aring", 0xE5),
    ("atilde", 0xE3), ("auml", 0xE4), ("bdquo", 0x201E), ("beta", 0x3B2), ("brvbar", 0xA6), ("bull", 0x2022),
    ("ccedil", 0xE7), ("cedil", 0xB8), ("cent", 0xA2), ("chi", 0x3C7), ("circ", 0x2C6), ("copy", 0xA9),
    ("curren", 0xA4), ("dagger", 0x2020), ("darr", 0x2193), ("deg", 0xB0), ("delta", 0x3B4), ("divide", 0xF7),
    ("eacute", 0xE9), ("ecirc", 0xEA), ("egrave", 0xE8), ("emsp", 0x2003), ("ensp", 0x2002), ("epsilon", 0x3B5),
    ("eta", 0x3B7), ("eth", 0xF0), ("euml", 0xEB), ("euro", 0x20AC), ("fnof", 0x192), ("frac12", 0xBD),
    ("frac14", 0xBC), ("frac34", 0xBE), ("gamma", 0x3B3), ("ge", 0x2265), ("gt", 0x3E), ("harr", 0x2194),
    ("hellip", 0x2026), ("iacute", 0xED), ("icirc", 0xEE), ("iexcl", 0xA1), ("igrave", 0xEC), ("infin", 0x221E),
    ("iota", 0x3B9), ("iquest", 0xBF), ("iuml", 0xEF), ("kappa", 0x3BA), ("lambda", 0x3BB), ("laquo", 0xAB),
    ("larr", 0x2190), ("ldquo", 0x201C), ("le", 0x2264), ("lrm", 0x200E), ("lsaquo", 0x2039), ("lsquo", 0x2018),
    ("lt", 0x3C), ("macr", 0xAF), ("mdash", 0x2014), ("micro", 0xB5), ("middot", 0xB7), ("minus", 0x2212),
    ("mu", 0x3BC), ("nbsp", 0xA0), ("ndash", 0x2013), ("ne", 0x2260), ("not", 0xAC), ("ntilde", 0xF1),
    ("nu", 0x3BD), ("oacute", 0xF3), ("ocirc", 0xF4), ("oelig", 0x153), ("ograve", 0xF2), ("omega", 0x3C9),
    ("omicron", 0x3BF), ("ordf", 0xAA), ("ordm", 0xBA), ("oslash", 0xF8), ("otilde", 0xF5), ("ouml", 0xF6),
    ("para", 0xB6), ("permil", 0x2030), ("phi", 0x3C6), ("pi", 0x3C0), ("plusmn", 0xB1), ("pound", 0xA3),
    ("prime", 0x2032), ("psi", 0x3C8), ("quot", 0x22), ("raquo", 0xBB), ("rarr", 0x2192), ("rdquo", 0x201D),
    ("reg", 0xAE), ("rho", 0x3C1), ("rlm", 0x200F), ("rsaquo", 0x203A), ("rsquo", 0x2019), ("sbquo", 0x201A),
    ("scaron", 0x161), ("sect", 0xA7), ("shy", 0xAD), ("sigma", 0x3C3), ("sigmaf", 0x3C2), ("sup1", 0xB9),
    ("sup2", 0xB2), ("sup3", 0xB3), ("szlig", 0xDF), ("tau", 0x3C4), ("theta", 0x3B8), ("thinsp", 0x2009),
    ("thorn", 0xFE), ("tilde", 0x2DC), ("times", 0xD7), ("trade", 0x2122), ("uacute", 0xFA), ("uarr", 0x2191),
    ("ucirc", 0xFB), ("ugrave", 0xF9), ("uml", 0xA8), ("upsilon", 0x3C5), ("uuml", 0xFC), ("xi", 0x3BE),
    ("yacute", 0xFD), ("yen", 0xA5), ("yuml", 0xFF), ("zeta", 0x3B6), ("zwj", 0x200D), ("zwnj", 0x200C),
  ]
}
