import Records

/// What events do to an address: for each category, or for a reason of it, when it is suppressed.
///
/// In the configuration an object whose entries stand in the place of the defaults of the same name:
/// ```json
/// {"soft_bounce": {"suppress": {"after": 3, "days": 14}}, "soft_bounce.mailbox_full": {"suppress": "never"}}
/// ```
/// An entry for `category.reason` goes before that of its category.
public struct Policy: Sendable, Equatable {
  /// The entries, by `category` or `category.reason`.
  public private(set) var entries: [String: Suppression]

  /// Categories whose events count though no token vouches for them; events of all others that were not verified are
  /// logged, and change nobody. Where no keys are configured, nothing is verified, and all events count.
  public var actOnUnverified: Set<Category> = []

  /// Suppressed at once: addresses that can never work, people who asked to be removed or complained. Suppressed after
  /// failures on 5 days within 30: addresses that may work later. A redirect is not: its new address is noted, and the
  /// message is for customer service.
  public static let `default` = Policy(checked: [
    "hard_bounce": .atOnce,
    "soft_bounce": .after(5, days: 30),
    "unsubscribe_request": .atOnce,
    "feedback_loop": .atOnce,
    "feedback_loop.not_spam": .never,
    "feedback_loop.auth_failure": .never,
    "redirect": .never,
  ])

  /// The default policy with some entries changed.
  public init(changing entries: [String: Suppression]) throws {
    for (name, suppression) in entries { try Policy.check(name, suppression) }
    self.init(checked: Policy.default.entries.merging(entries) { $1 })
  }

  private init(checked entries: [String: Suppression]) { self.entries = entries }

  /// The categories that speak about the address or its owner's wish. No event of another may suppress: a block or a
  /// restriction is about us, and an automatic reply proves that the address works.
  public static let suppressing: [Category] = [
    .hardBounce, .softBounce, .unsubscribeRequest, .feedbackLoop, .redirect,
  ]

  /// The entry that is for an event, and its name.
  public func entry(category: String, reason: String) -> (name: String, suppression: Suppression) {
    let name = "\(category).\(reason)"
    if let suppression = entries[name] { return (name, suppression) }
    return (category, entries[category] ?? .never)
  }

  /// The same text for the same policy: when it changes, every subscriber's state is computed anew.
  var canonical: String {
    let unverified = actOnUnverified.sorted().map { "; unverified \($0.rawValue) counts" }.joined()
    return entries.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ") + unverified
  }

  /// The events that count, as a condition on a row of `events`.
  var countsEvent: String {
    let categories = actOnUnverified.sorted().map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return
      "(verification IS NULL OR verification NOT LIKE 'unverified%'\(categories.isEmpty ? "" : " OR category IN (\(categories))"))"
  }

  private static func check(_ name: String, _ suppression: Suppression) throws {
    let parts = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let category = parts.first.flatMap({ Category(rawValue: String($0)) }), parts.last?.isEmpty == false else {
      throw ActError.policy(
        name: name,
        problem: "expected a category or category.reason, the category one of "
          + Category.allCases.map(\.rawValue).joined(separator: ", "))
    }
    if suppression != .never, !suppressing.contains(category) {
      throw ActError.policy(
        name: name,
        problem: "\(category.rawValue) never suppresses an address, for it is not about the address; expected "
          + "\"never\", or an entry for one of " + suppressing.map(\.rawValue).joined(separator: ", "))
    }
    if case .after(let events, let days) = suppression, events < 1 || days < 1 || events > days {
      throw ActError.policy(
        name: name,
        problem: "expected 1 ≤ after ≤ days, as one failure a day counts; found after \(events), days \(days)")
    }
  }
}

/// When an address is suppressed.
public enum Suppression: Sendable, Equatable, CustomStringConvertible {
  /// By no number of events.
  case never
  /// By the first event.
  case atOnce
  /// When there are events on this many days (UTC) within so many consecutive ones. Events without a time don't count.
  case after(Int, days: Int)

  public var description: String {
    switch self {
    case .never: "never"
    case .atOnce: "at once"
    case .after(let events, let days): "after \(events) in \(days) days"
    }
  }
}

extension Policy: Codable {
  private struct Entry: Codable {
    var suppress: Suppression
  }

  public init(from decoder: any Decoder) throws {
    try self.init(changing: [String: Entry](from: decoder).mapValues(\.suppress))
  }

  public func encode(to encoder: any Encoder) throws {
    try entries.mapValues { Entry(suppress: $0) }.encode(to: encoder)
  }
}

extension Suppression: Codable {
  private struct After: Codable {
    var after: Int
    var days: Int
  }

  public init(from decoder: any Decoder) throws {
    let expected = "expected \"at_once\", \"never\" or {\"after\": 5, \"days\": 30}"
    if let after = try? After(from: decoder) {
      self = .after(after.after, days: after.days)
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
    case .after(let events, let days): try container.encode(After(after: events, days: days))
    }
  }
}
