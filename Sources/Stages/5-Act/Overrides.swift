import ByteSlices
import GRDB
import Store

/// What a person decided about an address, against whatever its events say.
public struct Override: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Codable, CaseIterable {
    /// Never suppressed.
    case active
    /// Suppressed.
    case suppressed
    /// Suppressed, as its owner wishes.
    case unsubscribed

    var standing: Standing.State { self == .active ? .active : .suppressed }
  }

  /// Who says so.
  public enum Origin: String, Sendable, Codable {
    /// A person, here.
    case hand
    /// Another system's list of suppressions. A person's decision goes before it, events don't.
    case imported = "import"
  }

  public var address: String
  public var state: State
  /// The list that it is for; nil: everywhere.
  public var list: String?
  /// Why, for whoever asks later.
  public var note: String?
  /// When it was decided, in seconds since 1970.
  public var at: Int?
  public var origin: Origin
  /// `category/reason`, the rule and the policy, as another system told them.
  public var cause: String?
  public var rule: String?
  public var policy: String?

  public init(
    address: String, state: State, list: String? = nil, note: String? = nil, at: Int? = nil, origin: Origin = .hand,
    cause: String? = nil, rule: String? = nil, policy: String? = nil
  ) {
    self.address = address
    self.state = state
    self.list = list
    self.note = note
    self.at = at
    self.origin = origin
    self.cause = cause
    self.rule = rule
    self.policy = policy
  }
}

/// The overrides of a database.
///
/// Those for a list, and those that were set with a policy, count at once; others when `act` runs next. Each decision is
/// written into the diary `decisions` when it has a time.
public struct Overrides {
  private let path: String
  private let database: DatabaseQueue
  private let policy: Policy?

  /// Opens the overrides of a database, which is made if there is none.
  /// - Parameter policy: the one by which act works; with it, what is decided counts at once.
  public init(databasePath: String, policy: Policy? = nil) throws {
    path = databasePath
    database = try Store.open(databasePath, indexed: true)
    self.policy = policy
  }

  /// All of them, by address; those that are for one list after those that are for all.
  public func list() throws -> [Override] {
    try access {
      try database.read { db in
        let columns = "address, state, note, at, origin, cause, rule, policy"
        let rows = try Row.fetchAll(
          db,
          sql: """
            SELECT \(columns), NULL AS list, address_key FROM overrides
            UNION ALL SELECT \(columns), list, address_key FROM list_overrides ORDER BY address_key, list
            """)
        return rows.compactMap { row in
          guard let state = Override.State(rawValue: row["state"]) else { return nil }
          return Override(
            address: row["address"], state: state, list: row["list"], note: row["note"], at: row["at"],
            origin: (row["origin"] as String?).flatMap(Override.Origin.init) ?? .hand, cause: row["cause"],
            rule: row["rule"], policy: row["policy"])
        }
      }
    }
  }

  /// Sets the override of an address, in the place of an earlier one.
  public func set(_ override: Override) throws {
    guard override.address.isMailAddress else { throw ActError.address(override.address) }
    try access {
      try database.write { db in
        let writer = try OverrideWriter(db)
        try writer.set(override)
        if let at = override.at {
          let decision = [.active: "restore", .suppressed: "suppress", .unsubscribed: "unsubscribe"][override.state]
          try writer.log(decision ?? "", override.address, override.list, at, override.note)
        }
        if let policy { try writer.settle(policy) }
      }
    }
  }

  /// Lets the events of an address decide again. False when it had no override.
  /// - Parameter at: when this was decided, for the diary.
  @discardableResult public func remove(
    _ address: String, list: String? = nil, at: Int? = nil, note: String? = nil
  ) throws -> Bool {
    try access {
      try database.write { db in
        let writer = try OverrideWriter(db)
        let removed = try writer.remove(address, list: list)
        if removed, let at { try writer.log("release", address, list, at, note) }
        if let policy { try writer.settle(policy) }
        return removed
      }
    }
  }

  private func access<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError { throw StoreError(error, path: path) }
  }
}

extension String {
  /// Whether it can be an address at all: something on both sides of an `@`, no space, no control character.
  var isMailAddress: Bool {
    guard let at = lastIndex(of: "@"), at != startIndex, index(after: at) != endIndex else { return false }
    return unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
  }
}
