import Records

/// What events of one category and reason do to how a subscriber stands, by the policy.
struct EventRole {
  /// The policy's entry for them, as an index; -1 where it has none.
  var index: Int
  var name: String
  var entry: Policy.Entry
  var isRedirect: Bool
  /// A delivery or an answer: what failed before it doesn't count any more.
  var showsLife: Bool
  /// `category/reason`, as a standing's cause.
  var cause: String
  /// As a standing names the entry that suppressed.
  var policy: String

  var suppression: Suppression { entry.suppress }
  /// Whether a standing can come of such an event.
  var matters: Bool { suppression != .never || isRedirect }

  /// The roles by a policy, looked up once for each category and reason that occur.
  static func table(of policy: Policy) -> EventRoutes<EventRole> {
    let indices = Dictionary(uniqueKeysWithValues: policy.entries.keys.sorted().enumerated().map { ($1, $0) })
    return EventRoutes { category, reason in
      let (name, entry) = policy.entry(category: category, reason: reason)
      return EventRole(
        index: indices[name] ?? -1, name: name, entry: entry, isRedirect: category == Category.redirect.rawValue,
        showsLife: showsLife(Category(rawValue: category), reason), cause: "\(category)/\(reason)",
        policy: "\(name): \(entry)")
    }
  }

  /// The categories that `showsLife` may say yes to.
  static let living: [Category] = [.deliveryStatus, .autoReply, .userReply, .subscribeRequest]

  /// A mailbox took a message, or its owner, or a machine for him, answered. Not what only says that mail is under way
  /// (`delayed`, `relayed`), nor what anybody may send (spam to the return address, what no rule knows, invitations).
  static func showsLife(_ category: Category?, _ reason: String) -> Bool {
    switch category {
    case .deliveryStatus: ["delivered", "expanded", "read", "deleted_unread"].contains(reason)
    case .autoReply: !["departed", "invitation"].contains(reason)
    case .userReply: !["unsolicited", "unclassified"].contains(reason)
    case .subscribeRequest: true
    default: false
    }
  }
}
