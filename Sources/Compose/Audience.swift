import ByteSlices
import GRDB
import NDJSON
import Store

/// The subscribers that a campaign may be sent to, a batch at a time, each with its fields as a template has them.
///
/// Each batch asks the database anew, so whoever is suppressed meanwhile is not written to.
public final class Audience {
  struct Member {
    var id: Int
    var address: ByteSlice
    var values: [ByteSlice]
  }

  private let database: DatabaseQueue
  private let list: String?
  private var places: [ByteSlice: Int] = [:]
  private var fieldCount = 0
  private let names = Arena(blockSize: 4 << 10)
  private let arena = Arena()

  /// - Parameter database: opened with `indexed: true`.
  public init(_ database: DatabaseQueue, list: String?) {
    self.database = database
    self.list = list
  }

  /// How many there are at this time.
  public func count() throws -> Int { try database.read { try SendableSubscribers.count($0, list: list) } }

  /// False while events are loaded that `act` has not looked at.
  public func isSettled() throws -> Bool { try database.read { try SendableSubscribers.isSettled($0) } }

  /// Whether the list has any member on the roster, suppressed or not.
  public func exists() throws -> Bool {
    try database.read { db in
      guard let list else { return try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM roster)") ?? false }
      return try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM memberships WHERE list = ?)", arguments: [list])
        ?? false
    }
  }

  /// The lists that there are.
  public func lists() throws -> [String] {
    try database.read { try String.fetchAll($0, sql: "SELECT DISTINCT list FROM memberships ORDER BY list") }
  }

  /// The names of all fields that subscribers on the roster have.
  public func fieldNames() throws -> [String] {
    try database.read { db in
      let rows = try BulkStatement(db, "SELECT fields FROM roster")
      var names: Set<ByteSlice> = []
      while try rows.step() {
        arena.reset()
        var json = JSONReader(rows.bytes(0), arena)
        try json.object { name, json in
          if !names.contains(name) { names.insert(self.names.copy(name)) }
          try json.skip()
        }
      }
      return names.map { String($0) }.sorted()
    }
  }

  /// Says by which fields values are to be ordered.
  func use(_ fields: Fields) {
    fieldCount = fields.count
    for (place, name) in fields.names.enumerated() { places[names.copy(name)] = place }
  }

  /// At most `count` subscribers behind a number. Slices are valid until the next call.
  func next(after id: Int?, count: Int) throws -> [Member] {
    arena.reset()
    return try database.read { db in
      let rows = try SendableSubscribers(db, list: list, after: id)
      var members: [Member] = []
      members.reserveCapacity(count)
      while members.count < count, try rows.next() {
        members.append(
          Member(id: rows.id, address: arena.copy(rows.address), values: try values(arena.copy(rows.fields))))
      }
      return members
    }
  }

  /// The subscriber of an address, sendable or not; nil when there is none.
  func member(address: String) throws -> Member? {
    arena.reset()
    return try database.read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT id, address, fields FROM roster WHERE address_key = ? ORDER BY id LIMIT 1",
        arguments: [address.asciiLowercased])
      return try row.map {
        Member(id: $0[0], address: arena.copy($0[1] as String), values: try values(arena.copy($0[2] as String)))
      }
    }
  }

  private func values(_ text: ByteSlice) throws -> [ByteSlice] {
    var values = [ByteSlice](repeating: .empty, count: fieldCount)
    var json = JSONReader(text, arena)
    try json.object { name, json in
      guard let place = places[name], place >= Fields.builtIn.count else {
        try json.skip()
        return
      }
      let value = try json.skip()
      if value.first == 0x22 {
        var inner = JSONReader(value, arena)
        values[place] = try inner.string()
      } else if value != "null" {
        values[place] = value
      }
    }
    return values
  }
}
