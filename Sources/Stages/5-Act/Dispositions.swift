import Records

/// Who reads what: events are routed, by category or by a reason of it, to dispositions, each with a Maildir.
///
/// In the configuration, with routes that stand in the place of the defaults of the same name:
/// ```json
/// {"routes": {"user_reply.unsolicited": "log"}, "folders": {"customer_service": "work/customer-service"}}
/// ```
/// A disposition without a folder, and `log`, leave it at the rows in the database.
public struct Dispositions: Sendable, Equatable, Codable {
  /// From `category` or `category.reason` to a disposition; the longer name goes first.
  public private(set) var routes: [String: String]
  /// The Maildir of each disposition.
  public var folders: [String: String]

  /// What needs nobody to read it.
  public static let log = "log"
  public static let customerService = "customer_service"
  public static let deliveryTeam = "delivery_team"
  public static let composingTeam = "composing_team"

  /// The last column of the taxonomy.
  private static let defaults = [
    "user_reply": customerService, "redirect": customerService, "subscribe_request": customerService,
    "mail_block": deliveryTeam, "message_restriction": composingTeam,
  ]

  /// The default routes with some changed, and the folders.
  public init(routes: [String: String] = [:], folders: [String: String]) throws {
    for (name, disposition) in routes {
      let category = name.prefix { $0 != "." }
      guard Category(rawValue: String(category)) != nil, !name.hasSuffix(".") else {
        throw ActError.route(
          name: name,
          problem: "expected a category or category.reason, the category one of "
            + Category.allCases.map(\.rawValue).joined(separator: ", "))
      }
      guard !disposition.isEmpty else {
        throw ActError.route(name: name, problem: "expected the name of a folder of `folders`, or \"log\"")
      }
    }
    self.routes = Dispositions.defaults.merging(routes) { $1 }
    self.folders = folders
  }

  private enum CodingKeys: String, CodingKey {
    case routes, folders
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      routes: values.decodeIfPresent([String: String].self, forKey: .routes) ?? [:],
      folders: values.decodeIfPresent([String: String].self, forKey: .folders) ?? [:])
  }

  /// Who is to read an event's message by the routes, whether there is a folder or not; nil where it is only logged.
  public func route(category: String, reason: String) -> String? {
    let name = routes["\(category).\(reason)"] ?? routes[category]
    return name == Dispositions.log ? nil : name
  }

  /// The disposition of an event; nil where it is only logged.
  func disposition(category: String, reason: String) -> String? {
    guard let name = routes["\(category).\(reason)"] ?? routes[category], folders[name] != nil else { return nil }
    return name == Dispositions.log ? nil : name
  }

  /// The same text for the same routing: when it changes, all messages are looked at anew.
  var canonical: String {
    let routed = routes.filter { folders[$0.value] != nil && $0.value != Dispositions.log }
    return routed.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "; ")
  }
}
