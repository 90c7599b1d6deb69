import ByteSlices

/// Reads dates as mail writes them (RFC 5322 §3.3, §4.3): with or without the weekday, seconds and zone, with names of
/// zones, years of two digits, comments, and in the order of asctime.
public enum MailDate {
  /// Seconds since 1970, UTC. Nil when there is no date in it.
  public static func seconds(_ raw: ByteSlice) -> Int? { usual(raw) ?? any(raw) }

  /// What nearly all programs write: `Mon, 5 May 2025 10:00:00 +0200`, with or without the weekday, and a comment
  /// behind it. Nil for everything else, which takes the long way.
  static func usual(_ raw: ByteSlice) -> Int? {
    var text = raw
    if text.count > 5, text[3] == 0x2C, text[4] == 0x20 {
      guard text[0].isASCIILetter, text[1].isASCIILetter, text[2].isASCIILetter, month(text.prefix(3)) == nil else {
        return nil
      }
      text = text.dropFirst(5)
    }
    let dayLength = text.count > 1 && text[1] == 0x20 ? 1 : 2
    // ` May 2025 10:00:00 +0200` behind the day.
    guard text.count >= dayLength + 24, let day = number(text, 0, dayLength), day >= 1, day <= 31 else { return nil }
    let rest = text.dropFirst(dayLength)
    guard rest[0] == 0x20, rest[4] == 0x20, rest[9] == 0x20, rest[12] == 0x3A, rest[15] == 0x3A, rest[18] == 0x20,
      rest[19] == 0x2B || rest[19] == 0x2D, let month = month(rest.slice(1, 4)), let year = number(rest, 5, 9),
      year >= 1900, let hour = number(rest, 10, 12), hour <= 24, let minute = number(rest, 13, 15), minute <= 59,
      let second = number(rest, 16, 18), second <= 60, let zone = offset(rest.slice(19, 24))
    else { return nil }
    let comment = rest.dropFirst(24)
    guard
      comment.isEmpty
        || comment.count < 100 && comment.hasPrefix(" (") && comment.firstIndex(of: 0x29) == comment.count - 1
    else { return nil }
    return days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - zone
  }

  /// What digits spell that stand from `from` up to `to`; nil when there is another byte among them.
  private static func number(_ text: ByteSlice, _ from: Int, _ to: Int) -> Int? {
    var number = 0
    for at in from..<to {
      guard text[at].isASCIIDigit else { return nil }
      number = number * 10 + Int(text[at] & 15)
    }
    return number
  }

  /// In any form and order.
  static func any(_ raw: ByteSlice) -> Int? {
    var scanner = Scanner(raw)
    var day: Int?
    var month: Int?
    var year: Int?
    var time: Int?
    var zone: Int?
    var tokens = 0
    while let token = scanner.next() {
      tokens += 1
      if tokens > 16 { break }
      guard let first = token.first else { continue }
      if first.isASCIIDigit {
        if token.contains(0x3A), token.count < 11 || token[4] != 0x2D {
          if time == nil { time = clock(token) }
        } else if token.contains(0x2D) || token.contains(0x2F) {
          // 2026-01-31, 31-Jan-2026, and an ISO date that a "T" joins to its time.
          guard let (date, rest) = joined(token) else { continue }
          (year, month, day) = date
          if !rest.isEmpty, time == nil { time = clock(rest) }
        } else if let number = token.decimal {
          if day == nil, token.count <= 2, number >= 1, number <= 31 {
            day = number
          } else if year == nil, token.count <= 4 {
            year = number
          }
        }
      } else if first == 0x2B || first == 0x2D {
        if zone == nil, time != nil { zone = offset(token) }
      } else if first.isASCIILetter {
        if month == nil, let number = MailDate.month(token) {
          month = number
        } else if time != nil, zone == nil {
          zone = named(token)
        }
      }
    }
    guard let day, let month, var year, day >= 1, day <= 31, month >= 1, month <= 12 else { return nil }
    if year < 50 { year += 2000 } else if year < 1000 { year += 1900 }
    guard year >= 1900, year <= 9999 else { return nil }
    return days(year, month, day) * 86_400 + (time ?? 0) - (zone ?? 0)
  }

  /// Days since 1970-01-01 in the Gregorian calendar.
  static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// Cuts at white space and commas, and leaves comments out.
  private struct Scanner {
    var rest: ByteSlice
    init(_ raw: ByteSlice) { rest = raw.prefix(200) }

    mutating func next() -> ByteSlice? {
      while let first = rest.first {
        if first == 0x28 {
          rest = rest.firstIndex(of: 0x29).map { rest.dropFirst($0 + 1) } ?? .empty
        } else if first.isASCIISpace || first == 0x2C {
          rest = rest.dropFirst()
        } else {
          break
        }
      }
      guard !rest.isEmpty else { return nil }
      var end = 0
      while end < rest.count, !rest[end].isASCIISpace, rest[end] != 0x2C, rest[end] != 0x28 { end += 1 }
      defer { rest = rest.dropFirst(end) }
      return rest.prefix(end)
    }
  }

  /// `hh:mm[:ss]`, seconds since midnight; what follows (fractions, a zone that was joined on) is passed over.
  private static func clock(_ token: ByteSlice) -> Int? {
    var parts = (0, 0, 0)
    var position = 0
    var digits = 0
    for byte in token {
      if byte.isASCIIDigit {
        digits += 1
        guard digits <= 2 else { return nil }
        let digit = Int(byte & 15)
        switch position {
        case 0: parts.0 = parts.0 * 10 + digit
        case 1: parts.1 = parts.1 * 10 + digit
        default: parts.2 = parts.2 * 10 + digit
        }
      } else if byte == 0x3A, position < 2 {
        position += 1
        digits = 0
      } else {
        break
      }
    }
    guard position >= 1, parts.0 <= 24, parts.1 <= 59, parts.2 <= 60 else { return nil }
    return parts.0 * 3600 + parts.1 * 60 + parts.2
  }

  private static func joined(_ token: ByteSlice) -> (date: (Int?, Int?, Int?), rest: ByteSlice)? {
    let separator: UInt8 = token.contains(0x2D) ? 0x2D : 0x2F
    guard let (first, tail) = token.cut(at: separator), let (second, last) = tail.cut(at: separator) else { return nil }
    guard let leading = first.decimal else { return nil }
    if first.count == 4 {
      var end = 0
      while end < last.count, last[end].isASCIIDigit { end += 1 }
      let rest = last.dropFirst(end)
      return ((leading, second.decimal, last.prefix(end).decimal), rest.first == 0x54 ? rest.dropFirst() : .empty)
    }
    if let month = month(second) { return ((last.decimal, month, leading), .empty) }
    return nil
  }

  private static func month(_ token: ByteSlice) -> Int? {
    guard token.count >= 3 else { return nil }
    switch (token[0] | 0x20, token[1] | 0x20, token[2] | 0x20) {
    case (0x6A, 0x61, 0x6E): return 1
    case (0x66, 0x65, 0x62): return 2
    case (0x6D, 0x61, 0x72): return 3
    case (0x61, 0x70, 0x72): return 4
    case (0x6D, 0x61, 0x79): return 5
    case (0x6A, 0x75, 0x6E): return 6
    case (0x6A, 0x75, 0x6C): return 7
    case (0x61, 0x75, 0x67): return 8
    case (0x73, 0x65, 0x70): return 9
    case (0x6F, 0x63, 0x74): return 10
    case (0x6E, 0x6F, 0x76): return 11
    case (0x64, 0x65, 0x63): return 12
    default: return nil
    }
  }

  /// `+hhmm` or `+hh:mm`, in seconds east of UTC.
  private static func offset(_ token: ByteSlice) -> Int? {
    var value = 0
    var digits = 0
    for byte in token.dropFirst() where byte.isASCIIDigit && digits < 4 {
      value = value * 10 + Int(byte & 15)
      digits += 1
    }
    if digits == 1 || digits == 2 { value *= 100 } else if digits != 4 { return nil }
    let seconds = (value / 100 * 60 + value % 100) * 60
    guard seconds <= 24 * 3600 else { return nil }
    return token[0] == 0x2D ? -seconds : seconds
  }

  /// The zones of RFC 5322 §4.3 and those that mail really names; all others, military letters too, are UTC.
  private static func named(_ token: ByteSlice) -> Int? {
    func is_(_ name: StaticString) -> Bool { token.equals(caseless: name) }
    if is_("am") || is_("pm") { return nil }
    if is_("edt") { return -4 * 3600 }
    if is_("est") || is_("cdt") { return -5 * 3600 }
    if is_("cst") || is_("mdt") { return -6 * 3600 }
    if is_("mst") || is_("pdt") { return -7 * 3600 }
    if is_("pst") { return -8 * 3600 }
    if is_("bst") || is_("cet") || is_("met") || is_("wat") { return 3600 }
    if is_("cest") || is_("mest") || is_("eet") || is_("sast") { return 2 * 3600 }
    if is_("eest") || is_("msk") { return 3 * 3600 }
    if is_("msd") { return 4 * 3600 }
    if is_("jst") || is_("kst") { return 9 * 3600 }
    if is_("hkt") || is_("sgt") { return 8 * 3600 }
    if is_("aest") { return 10 * 3600 }
    if is_("aedt") { return 11 * 3600 }
    if token.hasPrefix(caseless: "gmt") || token.hasPrefix(caseless: "utc"), token.count > 3 {
      return offset(token.dropFirst(3))
    }
    return 0
  }
}
