/// Times in UTC as text.
enum Timestamp {
  /// As ISO 8601 has it: `1970-01-01T00:00:00Z`.
  static func text(_ seconds: Int) -> String {
    let (day, second) = split(seconds)
    let date = civil(day)
    return "\(pad(date.year, 4))-\(pad(date.month, 2))-\(pad(date.day, 2))T\(clock(second))Z"
  }

  /// `HH:MM:SS` of a second of the day.
  static func clock(_ second: Int) -> String {
    "\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))"
  }

  /// The date of a day counted from 1970, and its day of the week, 0 for Sunday (Howard Hinnant's `civil_from_days`).
  static func civil(_ day: Int) -> (year: Int, month: Int, day: Int, weekday: Int) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let weekday = ((day + 4) % 7 + 7) % 7
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, weekday
    )
  }

  static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

  /// As RFC 5322 §3.3 has it: `Thu, 01 Jan 1970 00:00:00 +0000`.
  static func mail(_ seconds: Int) -> String {
    let (day, second) = split(seconds)
    let date = civil(day)
    return "\(weekdays[date.weekday]), \(pad(date.day, 2)) \(months[date.month - 1]) \(pad(date.year, 4)) "
      + "\(clock(second)) +0000"
  }

  /// As an mbox separator has it: `Thu Jan  1 00:00:00 1970`.
  static func separator(_ seconds: Int) -> String {
    let (day, second) = split(seconds)
    let date = civil(day)
    return "\(weekdays[date.weekday]) \(months[date.month - 1]) \(date.day < 10 ? " " : "")\(date.day) "
      + "\(clock(second)) \(pad(date.year, 4))"
  }

  private static func split(_ seconds: Int) -> (day: Int, second: Int) {
    let second = ((seconds % 86400) + 86400) % 86400
    return ((seconds - second) / 86400, second)
  }

  private static func pad(_ number: Int, _ width: Int) -> String {
    let text = String(max(number, 0))
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
