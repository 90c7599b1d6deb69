/// When an address is suppressed.
public enum Suppression: Sendable, Equatable {
  /// By no number of events.
  case never
  /// By the first event.
  case atOnce
  /// When there are events on this many days (UTC) within so many consecutive ones; with `each` `.event`, when there
  /// are so many events in them. Events without a time don't count. With `consecutive`, a delivery or an answer begins
  /// the count anew.
  case after(Int, days: Int, consecutive: Bool = true, each: Unit = .day)

  /// What is counted.
  public enum Unit: String, Sendable, Codable {
    /// Days with a failure: the reports of one day may all be of one message.
    case day
    /// Every failure.
    case event
  }
}

extension Suppression: CustomStringConvertible {
  public var description: String {
    switch self {
    case .never: "never"
    case .atOnce: "at once"
    case .after(let count, let days, let consecutive, let each):
      "after \(count)\(each == .event ? " events" : "") in \(days) days\(consecutive ? "" : ", whatever comes between")"
    }
  }
}

extension Suppression: Codable {
  private struct After: Codable {
    var after: Int
    var days: Int
    var consecutive: Bool?
    var each: Unit?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case after, days, consecutive, each
    }
  }

  public init(from decoder: any Decoder) throws {
    let expected = """
      expected "at_once", "never" or {"after": 5, "days": 30}, which takes "consecutive": false and "each": "event" too
      """
    if let after = try? After(from: decoder) {
      try decoder.refuseKeys(but: After.CodingKeys.allCases.map(\.rawValue))
      self = .after(
        after.after, days: after.days, consecutive: after.consecutive ?? true, each: after.each ?? .day)
      return
    }
    switch try? decoder.singleValueContainer().decode(String.self) {
    case "at_once": self = .atOnce
    case "never": self = .never
    default: throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: expected))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .never: try container.encode("never")
    case .atOnce: try container.encode("at_once")
    case .after(let count, let days, let consecutive, let each):
      try container.encode(
        After(after: count, days: days, consecutive: consecutive ? nil : false, each: each == .day ? nil : each))
    }
  }
}

/// Any name of a member.
private struct MemberName: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Decoder {
  /// Complains of members that nobody asked for, so that a misspelt one is not passed over.
  func refuseKeys(but known: [String]) throws {
    let names = try container(keyedBy: MemberName.self).allKeys.map(\.stringValue)
    guard let stranger = names.sorted().first(where: { !known.contains($0) }) else { return }
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: codingPath,
        debugDescription: "unknown key \"\(stranger)\"; known are \(known.sorted().joined(separator: ", "))"))
  }
}
