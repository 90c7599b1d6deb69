import ByteSlices

/// The line that begins a message of an mbox: `From SENDER DATE`, where the date is what makes it one.
///
/// Bodies hold lines like `From me to you`, even after a blank line, so a separator must end in a date that a mail
/// program may have written: asctime (`Mon Oct  2 09:15:00 2023`), without seconds, with a zone by name or number on
/// either side of the year, with a two- or three-digit year, RFC 5322's own form, or ISO 8601; then at most `remote
/// from HOST` (UUCP). The sender may be anything: quoted, with spaces, `-` (Thunderbird), or missing.
public struct MboxSeparator: Equatable, Sendable {
  /// The date in seconds since 1970; read as UTC when the line names no zone.
  public let received: Int
  /// True when the date has a weekday, seconds and a year of four digits: what nobody writes by hand.
  public let isConvincing: Bool

  /// No real separator is longer: SMTP allows a sender 256 bytes, SRS and VERP stretch it.
  static let longestLine = 1_000

  /// Reads a line without its line end; nil when it is no separator.
  public init?(line: ByteSlice) {
    guard line.count >= 18, line.count <= Self.longestLine, line.hasPrefix("From ") else { return nil }
    // From left to right: a sender may hold what looks like a weekday, but then no date follows.
    var at = 4
    while at < line.count {
      let first = line[at + 1 < line.count ? at + 1 : at] | 0x20
      if line[at].isBlank, Self.mayBegin(first), let found = Self.date(line, at + 1) {
        self = found
        return
      }
      at = line.offset(from: at + 1) { $0.isBlank }
    }
    return nil
  }

  private init(_ clock: DateScanner, convincing: Bool) {
    received = clock.seconds
    isConvincing = convincing
  }

  /// A weekday's first letter in lower case, or a digit.
  private static func mayBegin(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x73, 0x6D, 0x74, 0x77, 0x66: true
    default: byte.isASCIIDigit
    }
  }

  private static func date(_ line: ByteSlice, _ at: Int) -> MboxSeparator? {
    var asctime = DateScanner(line, at)
    if asctime.asctime(), asctime.tail() { return MboxSeparator(asctime, convincing: asctime.isFull) }
    var mail = DateScanner(line, at)
    if mail.mailDate(), mail.tail() { return MboxSeparator(mail, convincing: mail.isFull) }
    var iso = DateScanner(line, at)
    if iso.iso8601(), iso.tail() { return MboxSeparator(iso, convincing: false) }
    return nil
  }
}
