import ByteSlices

/// Reads the dates that stand in mbox separators, in one pass and without a calendar of the system.
struct DateScanner {
  private let line: ByteSlice
  private var at: Int
  private var year = 1970
  private var month = 1
  private var day = 1
  private var clock = 0
  private var zone = 0
  private var hasWeekday = false
  private var hasSeconds = false
  private var yearDigits = 0

  init(_ line: ByteSlice, _ at: Int) {
    self.line = line
    self.at = at
  }

  /// Weekday, seconds and a year of four digits.
  var isFull: Bool { hasWeekday && hasSeconds && yearDigits == 4 }

  /// Seconds since 1970 (proleptic Gregorian calendar).
  var seconds: Int { daysSince1970 * 86_400 + clock - zone }

  /// `Www Mmm dd hh:mm[:ss] [zone] yyyy`.
  mutating func asctime() -> Bool {
    guard takeWeekday(), takeMonth(), takeDay(), takeTime() else { return false }
    skipBlanks()
    if !nextIsYear { _ = takeZone() }
    return takeYear()
  }

  /// `[Www,] dd Mmm yyyy hh:mm[:ss]` (RFC 5322 section 3.3).
  mutating func mailDate() -> Bool {
    if takeWeekday() { if peek == 0x2C { at += 1 } }
    return takeDay() && takeMonth() && takeYear() && takeTime()
  }

  /// `yyyy-mm-dd hh:mm[:ss]`, or with a `T` between.
  mutating func iso8601() -> Bool {
    guard let (y, digits) = takeNumber(4), digits == 4, take(0x2D), let (m, _) = takeNumber(2), take(0x2D),
      let (d, _) = takeNumber(2), y >= 1970, (1...12).contains(m), (1...31).contains(d)
    else { return false }
    (year, month, day, yearDigits) = (y, m, d, 4)
    if peek == 0x54 { at += 1 }
    return takeTime()
  }

  /// What may follow a date: zones, `remote from HOST`, and the end of the line.
  mutating func tail() -> Bool {
    skipBlanks()
    if takeZone() { skipBlanks() }
    if peek == 0x28 {  // A comment: (CET)
      guard let close = line.firstIndex(of: 0x29, from: at) else { return false }
      at = close + 1
      skipBlanks()
    }
    if at == line.count { return true }
    let rest = line.slice(at, line.count)
    return rest.hasPrefix("remote from ") && rest.count > 12
  }

  // MARK: tokens

  private var peek: UInt8? { at < line.count ? line[at] : nil }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    at += 1
    return true
  }

  private mutating func skipBlanks() { while let byte = peek, byte.isBlank { at += 1 } }

  private mutating func takeNumber(_ longest: Int) -> (value: Int, digits: Int)? {
    skipBlanks()
    var value = 0
    let start = at
    while at - start < longest, let byte = peek, byte.isASCIIDigit {
      value = value * 10 + Int(byte &- 0x30)
      at += 1
    }
    return at > start ? (value, at - start) : nil
  }

  private mutating func takeName(_ names: StaticString) -> Int? {
    skipBlanks()
    guard at + 3 <= line.count else { return nil }
    if at + 3 < line.count, line[at + 3].isASCIIAlphanumeric { return nil }
    let all = ByteSlice(names)
    var index = 0
    while index * 3 < all.count {
      if line.slice(at, at + 3).equals(caseless: all.slice(index * 3, index * 3 + 3)) {
        at += 3
        return index
      }
      index += 1
    }
    return nil
  }

  private mutating func takeWeekday() -> Bool {
    hasWeekday = takeName("sunmontuewedthufrisat") != nil
    return hasWeekday
  }

  private mutating func takeMonth() -> Bool {
    guard let index = takeName("janfebmaraprmayjunjulaugsepoctnovdec") else { return false }
    month = index + 1
    return true
  }

  private mutating func takeDay() -> Bool {
    guard let (value, _) = takeNumber(2), (1...31).contains(value), peek?.isBlank == true else { return false }
    day = value
    return true
  }

  private mutating func takeTime() -> Bool {
    guard let (hours, _) = takeNumber(2), hours < 24, take(0x3A), let (minutes, two) = takeNumber(2), two == 2,
      minutes < 60
    else { return false }
    var second = 0
    if take(0x3A) {
      guard let (value, two) = takeNumber(2), two == 2, value <= 60 else { return false }
      second = value
      hasSeconds = true
    }
    if take(0x2E) { while let byte = peek, byte.isASCIIDigit { at += 1 } }
    guard peek?.isASCIIDigit != true, peek != 0x3A else { return false }
    clock = hours * 3600 + minutes * 60 + second
    return true
  }

  private var nextIsYear: Bool {
    var scout = self
    return scout.takeYear()
  }

  /// Two digits as in RFC 5322 section 4.3; three are what `1900 + tm_year` was forgotten for.
  private mutating func takeYear() -> Bool {
    guard let (value, digits) = takeNumber(4), digits >= 2, peek == nil || peek?.isBlank == true else { return false }
    switch digits {
    case 4: year = value
    case 3: year = 1900 + value
    default: year = value < 50 ? 2000 + value : 1900 + value
    }
    yearDigits = digits
    return (1970...9999).contains(year)
  }

  /// `+0200`, `+02:00`, `Z`, or a name of up to six letters; those of RFC 5322 section 4.3 count, others are UTC.
  private mutating func takeZone() -> Bool {
    guard let sign = peek else { return false }
    let start = at
    if sign == 0x2B || sign == 0x2D {
      at += 1
      if let (hours, two) = takeNumber(2), two == 2 {
        _ = take(0x3A)
        if let (minutes, two) = takeNumber(2), two == 2, peek == nil || peek?.isBlank == true {
          zone = (hours * 3600 + minutes * 60) * (sign == 0x2D ? -1 : 1)
          return true
        }
      }
      at = start
      return false
    }
    while let byte = peek, byte.isASCIILetter { at += 1 }
    let name = line.slice(start, at)
    guard (1...6).contains(name.count), peek == nil || peek?.isBlank == true, !(name == "remote") else {
      at = start
      return false
    }
    if name.count == 3, let hours = Self.namedHours(name) { zone = hours * 3600 }
    return true
  }

  private static func namedHours(_ name: ByteSlice) -> Int? {
    switch name {
    case _ where name.equals(caseless: "EDT"): -4
    case _ where name.equals(caseless: "EST"), _ where name.equals(caseless: "CDT"): -5
    case _ where name.equals(caseless: "CST"), _ where name.equals(caseless: "MDT"): -6
    case _ where name.equals(caseless: "MST"), _ where name.equals(caseless: "PDT"): -7
    case _ where name.equals(caseless: "PST"): -8
    default: nil
    }
  }

  /// Days from the epoch, by counting years from March so that the leap day comes last.
  private var daysSince1970: Int {
    let y = month <= 2 ? year - 1 : year
    let era = y / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
