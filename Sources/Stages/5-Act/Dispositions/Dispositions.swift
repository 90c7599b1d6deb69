import Records
import Transport

/// Who gets what: events are routed, by category or by a reason of it, to dispositions, any number of them.
///
/// In the configuration, with routes that stand in the place of the defaults of the same name:
/// ```json
/// {"routes": {"user_reply.unsolicited": "log", "hard_bounce": ["crm", "audit"], "*": "audit"},
///  "folders": {"customer_service": "work/customer-service"},
///  "targets": {"crm": {"kind": "webhook", "url": "https://crm.example/hook"}}}
/// ```
/// A disposition without a folder or a target, and `log`, leave it at the rows in the database. The route `*` is for
/// all events, beside the others.
public struct Dispositions: Sendable, Equatable {
  /// From `category` or `category.reason` to dispositions; the longer name goes first. `*` is for all.
  public private(set) var routes: [String: [String]]
  /// The Maildir of each disposition that has just that.
  public var folders: [String: String]
  /// The other dispositions.
  public private(set) var targets: [String: DispositionTarget]

  /// What needs nobody to read it.
  public static let log = "log"
  public static let customerService = "customer_service"
  public static let deliveryTeam = "delivery_team"
  public static let composingTeam = "composing_team"
  private static let all = "*"

  /// The last column of the taxonomy.
  private static let defaults = [
    "user_reply": [customerService], "redirect": [customerService], "subscribe_request": [customerService],
    "mail_block": [deliveryTeam], "message_restriction": [composingTeam],
  ]

  /// The default routes with some changed, and the folders.
  public init(
    routes: [String: [String]] = [:], folders: [String: String], targets: [String: DispositionTarget] = [:]
  ) throws {
    for (name, dispositions) in routes {
      let category = name.prefix { $0 != "." }
      guard name == Dispositions.all || Category(rawValue: String(category)) != nil && !name.hasSuffix(".") else {
        throw ActError.route(
          name: name,
          problem: "expected a category, category.reason or *, the category one of "
            + Category.allCases.map(\.rawValue).joined(separator: ", "))
      }
      guard !dispositions.isEmpty, !dispositions.contains("") else {
        throw ActError.route(
          name: name,
          problem: "expected the name of a disposition of `folders` or `targets`, a list of them, or \"log\"")
      }
    }
    for name in targets.keys where folders[name] != nil || name == Dispositions.log || name.isEmpty {
      throw ActError.route(
        name: name, problem: "a target of that name can't be: it is reserved, or there is a folder of the same name")
    }
    self.routes = Dispositions.defaults.merging(routes) { $1 }
    self.folders = folders
    self.targets = targets
  }

  /// The names of the dispositions for an event by the routes, whether there is a place to deliver to or not; none
  /// where it is only logged.
  public func routes(category: String, reason: String) -> [String] {
    var names = routes["\(category).\(reason)"] ?? routes[category] ?? []
    for name in routes[Dispositions.all] ?? [] where !names.contains(name) { names.append(name) }
    return names.filter { $0 != Dispositions.log }
  }

  /// Where a disposition delivers to; nil when it has no place.
  public func target(_ name: String) -> DispositionTarget? {
    targets[name] ?? folders[name].map { DispositionTarget(maildir: $0) }
  }

  /// All dispositions that have a place, by name.
  var places: [String: DispositionTarget] {
    folders.filter { $0.key != Dispositions.log }.mapValues { DispositionTarget(maildir: $0) }
      .merging(targets) { $1 }
  }

  /// The dispositions of an event that have a place, and whether each takes events.
  func destinations(category: String, reason: String) -> [EventDestination] {
    routes(category: category, reason: reason).compactMap { name in
      target(name).map { EventDestination(name: name, takesEvents: $0.settings.takesEvents) }
    }
  }

  /// The categories of which an event can have a disposition with a place; nil when that is so of all.
  var categories: [Category]? {
    let placed = routes.filter { $0.value.contains { $0 != Dispositions.log && target($0) != nil } }.keys
    if placed.contains(Dispositions.all) { return nil }
    return Set(placed.compactMap { name in Category(rawValue: String(name.prefix { $0 != "." })) }).sorted()
  }

  /// The same text for the same routing: when it changes, all messages are looked at anew, and what was given up is
  /// tried again.
  var canonical: String {
    let routed = routes.mapValues { $0.filter { target($0) != nil && $0 != Dispositions.log } }
      .filter { !$0.value.isEmpty }
    let lines = routed.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.joined(separator: ","))" }
    let settings = targets.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.canonical)" }
    return (lines + settings).joined(separator: "; ")
  }
}

/// A disposition that an event is for.
struct EventDestination {
  var name: String
  /// Whether it gets the event rather than the message.
  var takesEvents: Bool
}

extension Dispositions: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case routes, folders, targets
  }

  /// A name, or a list of names.
  private struct Names: Decodable {
    var names: [String]
    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let name = try? value.decode(String.self) {
        names = [name]
      } else {
        names = try value.decode([String].self)
      }
    }
  }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(besides: CodingKeys.self)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      routes: values.decodeIfPresent([String: Names].self, forKey: .routes)?.mapValues(\.names) ?? [:],
      folders: values.decodeIfPresent([String: String].self, forKey: .folders)?.mapValues(decoder.absolute) ?? [:],
      targets: values.decodeIfPresent([String: DispositionTarget].self, forKey: .targets) ?? [:])
  }
}
