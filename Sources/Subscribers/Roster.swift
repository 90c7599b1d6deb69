import ByteSlices
import GRDB
import Store

/// Writes the roster, a subscriber at a time, in the transaction that made it.
final class RosterWriter {
  enum Outcome {
    case added, changed, unchanged
  }

  private let find: BulkStatement
  private let insert: BulkStatement
  private let update: BulkStatement
  private let memberships: BulkStatement
  private let join: BulkStatement
  private let leave: BulkStatement

  init(_ db: Database) throws {
    find = try BulkStatement(db, "SELECT id, address, fields FROM roster WHERE key = ?")
    insert = try BulkStatement(
      db,
      "INSERT INTO roster (id, key, address, address_key, fields) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING")
    update = try BulkStatement(db, "UPDATE roster SET address = ?, address_key = ?, fields = ? WHERE id = ?")
    memberships = try BulkStatement(db, "SELECT list FROM memberships WHERE subscriber = ? ORDER BY list")
    join = try BulkStatement(db, "INSERT INTO memberships (list, subscriber) VALUES (?, ?) ON CONFLICT DO NOTHING")
    leave = try BulkStatement(db, "DELETE FROM memberships WHERE list = ? AND subscriber = ?")
  }

  /// Adds a subscriber, or brings the one with its key up to date: the fields that the row has, the lists if it has any.
  /// - Parameter lists: further lists that it is to be on.
  func write(_ row: SubscriberRow, alsoOn lists: [String]) throws -> Outcome {
    find.bind(0, row.key)
    guard try find.step() else {
      let id = try add(row)
      for list in Set(row.lists ?? []).union(lists) { try put(id, on: list) }
      return .added
    }
    let (id, address, old) = (find.int(0), find.text(1) ?? "", find.text(2) ?? "{}")
    find.reset()
    var isChanged = false
    var members = JSONValue.members(of: old)
    for (name, value) in row.fields { members[name] = value }
    let fields = JSONValue.object(members)
    if address != row.address || fields != old {
      update.bind(0, row.address)
      update.bind(1, row.address.asciiLowercased)
      update.bind(2, fields)
      update.bind(3, id)
      try update.run()
      isChanged = true
    }
    let before = try self.lists(of: id)
    let after = Set(row.lists ?? Array(before)).union(lists)
    for list in after.subtracting(before) { try put(id, on: list) }
    for list in before.subtracting(after) {
      leave.bind(0, list)
      leave.bind(1, id)
      try leave.run()
    }
    return isChanged || before != after ? .changed : .unchanged
  }

  private func add(_ row: SubscriberRow) throws -> Int {
    var id = row.key.withByteSlice(StableID.of)
    var members: [String: String] = [:]
    for (name, value) in row.fields { members[name] = value }
    while true {
      insert.bind(0, id)
      insert.bind(1, row.key)
      insert.bind(2, row.address)
      insert.bind(3, row.address.asciiLowercased)
      insert.bind(4, JSONValue.object(members))
      if try insert.run() == 1 { return id }
      id = id &+ 1 & Int.max
    }
  }

  private func lists(of id: Int) throws -> Set<String> {
    var lists = Set<String>()
    memberships.bind(0, id)
    while try memberships.step() { lists.insert(memberships.text(0) ?? "") }
    return lists
  }

  private func put(_ id: Int, on list: String) throws {
    join.bind(0, list)
    join.bind(1, id)
    try join.run()
  }
}
