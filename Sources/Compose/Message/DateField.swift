/// Dates as RFC 5322 §3.3 writes them, in UTC.
enum DateField {
  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Sun, 01 Mar 2026 09:00:00 +0000`.
  static func text(_ time: Int) -> String {
    let (year, month, day, clock) = parts(time)
    return "\(weekday(time)), \(two(day)) \(months[month - 1]) \(year) \(clock) +0000"
  }

  /// As asctime writes it, for the line that separates messages in an mbox.
  static func asctime(_ time: Int) -> String {
    let (year, month, day, clock) = parts(time)
    return "\(weekday(time)) \(months[month - 1]) \(day < 10 ? " " : "")\(day) \(clock) \(year)"
  }

  private static func weekday(_ time: Int) -> String { weekdays[((floorDay(time) % 7) + 7) % 7] }
  private static func floorDay(_ time: Int) -> Int { time >= 0 ? time / 86_400 : -((-time + 86_399) / 86_400) }
  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func parts(_ time: Int) -> (year: Int, month: Int, day: Int, clock: String) {
    let days = floorDay(time)
    let second = time - days * 86_400
    // Civil from days (Hinnant): years begin in March, so that a leap day comes last.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    return (year, month, day, "\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))")
  }
}
