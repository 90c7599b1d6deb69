/// A subscriber as the database has it.
struct Subscriber {
  var id: Int
  var address: String
  var events: Int
  var standing: StoredStanding
  var isOverridden: Bool
}

/// A standing as the columns of `subscribers` and `list_standings` tell it.
struct StoredStanding: Equatable {
  var state: Standing.State = .active
  var cause: String?
  var rule: String?
  var policy: String?
  var event: Int?
  var since: Int?
  var newAddress: String?

  /// As a row of `overrides` or `list_overrides` says.
  static func overridden(
    state: String, origin: String?, cause: String?, rule: String?, policy: String?, at: Int?
  ) -> StoredStanding {
    let state = Override.State(rawValue: state) ?? .active
    if origin == Override.Origin.imported.rawValue {
      return StoredStanding(
        state: state.standing, cause: cause ?? "imported", rule: rule, policy: policy ?? "imported", since: at)
    }
    let cause = state == .unsubscribed ? "unsubscribe_request/manual" : "manual"
    return StoredStanding(state: state.standing, cause: cause, policy: "manual", since: at)
  }
}
