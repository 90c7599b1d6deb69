import ByteSlices
import GRDB
import Store

/// What a person decided about an address, against whatever its events say.
public struct Override: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Codable {
    /// Never suppressed.
    case active
    /// Suppressed.
    case suppressed
  }

  public var address: String
  public var state: State
  /// Why, for whoever asks later.
  public var note: String?

  public init(address: String, state: State, note: String? = nil) {
    self.address = address
    self.state = state
    self.note = note
  }
}

/// The overrides of a database. They take effect when `act` runs next.
public struct Overrides {
  private let path: String
  private let database: DatabaseQueue

  /// Opens the overrides of a database, which is made if there is none.
  public init(databasePath: String) throws {
    path = databasePath
    database = try Store.open(databasePath, indexed: true)
  }

  /// All of them, by address.
  public func list() throws -> [Override] {
    try access {
      try database.read { db in
        try Row.fetchAll(db, sql: "SELECT address, state, note FROM overrides ORDER BY address_key").compactMap { row in
          Override.State(rawValue: row[1]).map { Override(address: row[0], state: $0, note: row[2]) }
        }
      }
    }
  }

  /// Sets the override of an address, in the place of an earlier one.
  public func set(_ override: Override) throws {
    guard let at = override.address.lastIndex(of: "@"), at != override.address.startIndex,
      override.address.index(after: at) != override.address.endIndex,
      override.address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
    else { throw ActError.address(override.address) }
    let key = override.address.asciiLowercased
    try access {
      try database.write { db in
        try db.execute(
          sql: """
            INSERT INTO overrides (address_key, address, state, note) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
              address = excluded.address, state = excluded.state, note = excluded.note
            """, arguments: [key, override.address, override.state.rawValue, override.note])
        let index = try SubscriberIndex(db)
        let id = try key.withByteSlice { key in
          try override.address.withByteSlice { try index.resolve(key, spelling: $0) }
        }
        try db.execute(
          sql: "UPDATE subscribers SET address = iif(events = 0, ?, address) WHERE id = ?",
          arguments: [override.address, id])
        try Overrides.markStale(key, db)
      }
    }
  }

  /// Lets the events of an address decide again. False when it had no override.
  @discardableResult public func remove(_ address: String) throws -> Bool {
    let key = address.asciiLowercased
    return try access {
      try database.write { db in
        try db.execute(sql: "DELETE FROM overrides WHERE address_key = ?", arguments: [key])
        let removed = db.changesCount > 0
        try Overrides.markStale(key, db)
        return removed
      }
    }
  }

  private static func markStale(_ key: String, _ db: Database) throws {
    try db.execute(
      sql: "INSERT INTO stale SELECT id FROM subscribers WHERE address_key = ? ON CONFLICT DO NOTHING", arguments: [key]
    )
  }

  private func access<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError { throw StoreError(error, path: path) }
  }
}
