import ByteSlices
import Foundation
import GRDB
import Testing

@testable import Store

@Suite struct SendableSubscribersTests {
  @Test func leavesOutWhoIsSuppressedEverywhereOrOnTheList() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sendable-\(UUID().uuidString).db").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let database = try Store.open(path, indexed: true)
    try database.write { db in
      for id in 1...6 {
        let address = "reader\(id)@example.org"
        try db.execute(
          sql: "INSERT INTO roster VALUES (?, ?, ?, ?, '{}')", arguments: [id, "k\(id)", address.capitalized, address])
        if id != 4 { try db.execute(sql: "INSERT INTO memberships VALUES ('news', ?)", arguments: [id]) }
      }
      try db.execute(
        sql: """
          INSERT INTO subscribers (id, address, address_key, state, cause, events) VALUES
            (10, 'reader2@example.org', 'reader2@example.org', 'suppressed', 'hard_bounce/user_unknown', 1),
            (11, 'reader3@example.org', 'reader3@example.org', 'moved', 'redirect/moved', 1);
          INSERT INTO list_standings (list, address_key, state, cause) VALUES
            ('news', 'reader5@example.org', 'suppressed', 'unsubscribe_request/reply'),
            ('other', 'reader6@example.org', 'suppressed', 'unsubscribe_request/reply');
          """)
    }
    try database.read { db in
      #expect(try keys(db, list: "news") == ["k1", "k3", "k6"])
      #expect(try keys(db, list: "news", after: 1) == ["k3", "k6"])
      #expect(try keys(db, list: nil) == ["k1", "k3", "k4", "k5", "k6"])
      #expect(try keys(db, list: "nobody's") == [])
      #expect(try SendableSubscribers.count(db, list: "news") == 3)
      #expect(try SendableSubscribers.count(db, list: nil) == 5)
      #expect(try SendableSubscribers.isSettled(db))
      let status = try String.fetchAll(db, sql: "SELECT status FROM list_standings ORDER BY list")
      #expect(status == ["unsubscribed", "unsubscribed"])
    }
    try database.write { try $0.execute(sql: "INSERT INTO stale VALUES (10)") }
    #expect(try !database.read(SendableSubscribers.isSettled))
  }

  private func keys(_ db: Database, list: String?, after: Int? = nil) throws -> [String] {
    let cursor = try SendableSubscribers(db, list: list, after: after)
    var keys: [String] = []
    while try cursor.next() { keys.append(String(cursor.key)) }
    return keys
  }
}
