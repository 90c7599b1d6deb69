import Foundation

/// Times as text, in UTC.
enum Time {
  /// `2026-01-31T12:00:00Z`
  static func text(_ seconds: Int) -> String {
    Date(timeIntervalSince1970: Double(seconds)).formatted(Date.ISO8601FormatStyle())
  }

  /// Reads what `text` writes, a date alone, a date and a time with a space between, and seconds since 1970.
  static func parse(_ text: String) -> Int? {
    if let seconds = Int(text) { return seconds }
    if let time = parseMailText(text) { return time }
    var text = text
    if text.count == 10 { text += "T00:00:00Z" }
    if text.count > 10 {
      let middle = text.index(text.startIndex, offsetBy: 10)
      if text[middle] == " " { text.replaceSubrange(middle...middle, with: "T") }
      if text.hasSuffix(" UTC") { text = text.dropLast(4) + "Z" }
      if text.wholeMatch(of: /.{10}T[0-9:]{8}(\.[0-9]+)?/) != nil { text += "Z" }
    }
    if let date = try? Date(text, strategy: .iso8601) { return Int(date.timeIntervalSince1970.rounded(.down)) }
    let precise = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    return (try? Date(text, strategy: precise)).map { Int($0.timeIntervalSince1970.rounded(.down)) }
  }

  /// `Sat, 31 Jan 2026 12:00:00 UTC`
  static func mailText(_ seconds: Int) -> String { mail.format(Date(timeIntervalSince1970: Double(seconds))) }

  private static let mail = Date.VerbatimFormatStyle(
    format: """
      \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .defaultDigits) \
      \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) UTC
      """, locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt, calendar: Calendar(identifier: .gregorian))

  private static func parseMailText(_ text: String) -> Int? {
    let words = text.split { $0 == " " || $0 == "," }
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    let rest = words.first.map { Int($0) == nil ? Array(words.dropFirst()) : Array(words) } ?? []
    guard rest.count >= 4, let day = Int(rest[0]), (1...31).contains(day), let year = Int(rest[2]),
      let month = months.firstIndex(of: rest[1].prefix(3).lowercased()), rest[3].count == 8
    else { return nil }
    guard rest.count == 4 || ["UTC", "GMT", "+0000"].contains(String(rest[4])) else { return nil }
    let two = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
    return parse("\(year)-\(two(month + 1))-\(two(day))T\(rest[3])Z")
  }
}
