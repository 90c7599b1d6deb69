import ByteSlices
import GRDB

/// Finds the subscriber of an address, or makes one.
///
/// A subscriber's number is a stable hash of its address, so that it is the same whatever came first. Two addresses
/// with one hash can be made by who wants to; the second then takes the next free number.
public final class SubscriberIndex {
  private let stableID: (ByteSlice) -> Int
  private let find: BulkStatement
  private let insert: BulkStatement

  /// Completes a first load, if need be.
  public init(_ db: Database, _ stableID: @escaping (ByteSlice) -> Int = StableID.of) throws {
    try FirstLoad.complete(db, stableID)
    self.stableID = stableID
    find = try BulkStatement(db, "SELECT id FROM subscribers WHERE address_key = ?")
    insert = try BulkStatement(
      db, "INSERT INTO subscribers (id, address, address_key, events) VALUES (?, ?, ?, 0) ON CONFLICT (id) DO NOTHING")
  }

  /// The number of an address in lower case; nil when no subscriber has it.
  public func existing(_ key: ByteSlice) throws -> Int? {
    find.bind(text: key, 0)
    guard try find.step() else { return nil }
    defer { find.reset() }
    return find.int(0)
  }

  /// The number of an address in lower case, whose subscriber is made, without events, when there is none.
  public func resolve(_ key: ByteSlice, spelling: ByteSlice) throws -> Int {
    if let id = try existing(key) { return id }
    var id = stableID(key)
    while true {
      insert.bind(0, id)
      insert.bind(text: spelling, 1)
      insert.bind(text: key, 2)
      if try insert.run() == 1 { return id }
      id = id &+ 1 & Int.max
    }
  }
}

extension String {
  /// ASCII letters in lower case, as SQLite's `lower()` does it: how addresses are compared.
  public var asciiLowercased: String { String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self) }
}
