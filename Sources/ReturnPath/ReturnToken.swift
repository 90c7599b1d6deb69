import ByteSlices

/// What a return path says of the mail that went out: to whom, in which campaign, and until when it counts.
///
/// Written as 48 letters and digits of base32 (RFC 4648 §6, lower case, as mail servers fold the case of local parts):
/// ```
/// byte 0      0x88 | purpose, so that a token begins with "r"
/// byte 1      the key's id
/// bytes 2–9   the subscriber's id in the roster
/// bytes 10–11 a mark of the address that was written to
/// bytes 12–15 the campaign's number
/// bytes 16–17 the day of issue, counted from 1970 in UTC
/// bytes 18–19 days for which it counts
/// bytes 20–29 HMAC-SHA256 of the bytes before, cut to 80 bits
/// ```
/// Integers are big-endian. All 240 bits are used, so that a token has one spelling but for its case.
public struct ReturnToken: Sendable, Equatable {
  /// What the token was made for. One that stands in a link to unsubscribe must not vouch for a bounce.
  public enum Purpose: UInt8, Sendable, CaseIterable {
    case returnPath = 0
    case unsubscribe = 1
  }

  /// Letters and digits of a token.
  public static let length = 48
  static let byteCount = 30
  static let signedCount = 20
  static let mark: UInt8 = 0x88

  public var purpose: Purpose
  /// The subscriber's id in the roster.
  public var subscriber: Int
  /// Tells whether the subscriber still has the address that was written to: its stable hash, cut.
  public var addressMark: UInt16
  /// The campaign's number.
  public var campaign: UInt32
  /// The day of issue, counted from 1970 in UTC.
  public var issued: UInt16
  /// Days for which it counts.
  public var days: UInt16

  public init(
    purpose: Purpose, subscriber: Int, addressMark: UInt16, campaign: UInt32, issued: UInt16, days: UInt16
  ) {
    self.purpose = purpose
    self.subscriber = subscriber
    self.addressMark = addressMark
    self.campaign = campaign
    self.issued = issued
    self.days = days
  }

  /// The day, as tokens count it, of a time in seconds since 1970; the nearest that a token can hold.
  public static func day(of time: Int) -> UInt16 {
    UInt16(clamping: time >= 0 ? time / 86_400 : 0)
  }

  /// When it counts, in seconds since 1970, given its day of issue: from a day before (clocks differ, and time zones
  /// are forgotten) to the end of its last day.
  public var validity: ClosedRange<Int> {
    let from = Int(issued) * 86_400
    return from - 86_400...from + (Int(days) + 1) * 86_400 - 1
  }

  func write(to bytes: UnsafeMutablePointer<UInt8>, key: UInt8) {
    bytes[0] = ReturnToken.mark | purpose.rawValue
    bytes[1] = key
    let subscriber = UInt64(bitPattern: Int64(subscriber))
    for at in 0..<8 { bytes[2 + at] = UInt8(truncatingIfNeeded: subscriber >> UInt64(56 - 8 * at)) }
    put(addressMark, 10)
    for at in 0..<4 { bytes[12 + at] = UInt8(truncatingIfNeeded: campaign >> UInt32(24 - 8 * at)) }
    put(issued, 16)
    put(days, 18)

    func put(_ value: UInt16, _ at: Int) {
      bytes[at] = UInt8(value >> 8)
      bytes[at + 1] = UInt8(truncatingIfNeeded: value)
    }
  }

  init?(bytes: UnsafePointer<UInt8>) {
    guard bytes[0] & 0xF8 == ReturnToken.mark, let purpose = Purpose(rawValue: bytes[0] & 7) else { return nil }
    self.purpose = purpose
    var subscriber: UInt64 = 0
    for at in 2..<10 { subscriber = subscriber << 8 | UInt64(bytes[at]) }
    self.subscriber = Int(Int64(bitPattern: subscriber))
    func get(_ at: Int) -> UInt16 { UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) }
    addressMark = get(10)
    campaign = UInt32(get(12)) << 16 | UInt32(get(14))
    issued = get(16)
    days = get(18)
  }
}
