import Records

/// What events do to an address: for each category, or for a reason of it, when it is suppressed, and where.
///
/// In the configuration an object whose entries stand in the place of the defaults of the same name:
/// ```json
/// {"soft_bounce": {"suppress": {"after": 3, "days": 14}}, "unsubscribe_request": {"suppress": "at_once", "scope": "list"}}
/// ```
/// An entry for `category.reason` goes before that of its category.
public struct Policy: Sendable, Equatable {
  /// Where an address is suppressed.
  public enum Scope: String, Sendable, Codable {
    /// On all lists.
    case everywhere
    /// On the list that the message is about; everywhere when that is not known.
    case list
  }

  /// What one entry says.
  public struct Entry: Sendable, Equatable {
    public var suppress: Suppression
    public var scope: Scope

    public init(_ suppress: Suppression, scope: Scope = .everywhere) {
      self.suppress = suppress
      self.scope = scope
    }
  }

  /// The entries, by `category` or `category.reason`.
  public private(set) var entries: [String: Entry]
  /// The return addresses that tell which list a message is about, by list. `*` stands for any run of characters.
  public var lists: [String: [String]] = [:]

  /// Categories whose events count though no token vouches for them; events of all others that were not verified are
  /// logged, and change nobody. Where no keys are configured, nothing is verified, and all events count.
  public var actOnUnverified: Set<Category> = []

  /// Suppressed at once: addresses that can never work, people who asked to be removed or complained. Suppressed after
  /// failures on 5 days within 30: addresses that may work later. A redirect is not: its new address is noted, and the
  /// message is for customer service.
  public static let `default` = Policy(checked: [
    "hard_bounce": Entry(.atOnce),
    "soft_bounce": Entry(.after(5, days: 30)),
    "unsubscribe_request": Entry(.atOnce),
    "feedback_loop": Entry(.atOnce),
    "feedback_loop.not_spam": Entry(.never),
    "feedback_loop.auth_failure": Entry(.never),
    "redirect": Entry(.never),
  ])

  /// The default policy with some entries changed.
  public init(changing entries: [String: Entry]) throws {
    for (name, entry) in entries { try Policy.check(name, entry.suppress) }
    self.init(checked: Policy.default.entries.merging(entries) { $1 })
  }

  /// The default policy with some entries changed, everywhere.
  public init(changing entries: [String: Suppression]) throws {
    try self.init(changing: entries.mapValues { Entry($0) })
  }

  private init(checked entries: [String: Entry]) { self.entries = entries }

  /// The categories that speak about the address or its owner's wish. No event of another may suppress: a block or a
  /// restriction is about us, and an automatic reply proves that the address works.
  public static let suppressing: [Category] = [
    .hardBounce, .softBounce, .unsubscribeRequest, .feedbackLoop, .redirect,
  ]

  /// The entry that is for an event, and its name.
  public func entry(category: String, reason: String) -> (name: String, entry: Entry) {
    let name = "\(category).\(reason)"
    if let entry = entries[name] { return (name, entry) }
    return (category, entries[category] ?? Entry(.never))
  }

  /// Whether an entry suppresses on a list alone.
  var usesLists: Bool { entries.values.contains { $0.scope == .list } }

  /// The same text for the same policy: when it changes, every subscriber's state is computed anew. It begins with the
  /// version of the computation.
  var canonical: String {
    var parts = entries.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    if usesLists {
      parts += lists.sorted { $0.key < $1.key }.map { "list \($0.key): \($0.value.joined(separator: " "))" }
    }
    parts += actOnUnverified.sorted().map { "unverified \($0.rawValue) counts" }
    return "2; " + parts.joined(separator: "; ")
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
    if case .after(let events, let days, _, let each) = suppression,
      events < 1 || days < 1 || each == .day && events > days
    {
      throw ActError.policy(
        name: name,
        problem: "expected 1 ≤ after ≤ days, as one failure a day counts; found after \(events), days \(days). "
          + "To count every failure, say \"each\": \"event\"")
    }
  }
}

extension Policy.Entry: CustomStringConvertible {
  /// `at once`, or `at once, on the list`.
  public var description: String { scope == .list ? "\(suppress), on the list" : suppress.description }
}

extension Policy: Codable {
  public init(from decoder: any Decoder) throws {
    try self.init(changing: [String: Entry](from: decoder))
  }

  public func encode(to encoder: any Encoder) throws {
    try entries.encode(to: encoder)
  }
}

extension Policy.Entry: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case suppress, scope
  }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(but: CodingKeys.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: CodingKeys.self)
    suppress = try values.decode(Suppression.self, forKey: .suppress)
    scope = .everywhere
    if let name = try values.decodeIfPresent(String.self, forKey: .scope) {
      guard let scope = Policy.Scope(rawValue: name) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "scope: expected \"everywhere\" or \"list\""))
      }
      self.scope = scope
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(suppress, forKey: .suppress)
    if scope != .everywhere { try values.encode(scope, forKey: .scope) }
  }
}
