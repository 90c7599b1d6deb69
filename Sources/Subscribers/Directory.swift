import GRDB
import Spool
import Store

/// Looks subscribers and lists up.
public struct Directory {
  /// A list, and who is on it.
  public struct List: Sendable, Equatable {
    public var name: String
    public var members: Int
    /// How many of them are neither suppressed nor unsubscribed.
    public var sendable: Int

    /// An object of one line.
    public var json: String {
      "{\"list\":\(JSONValue.of(name)),\"members\":\(members),\"sendable\":\(sendable)}"
    }
  }

  private let database: String

  public init(_ database: String) { self.database = database }

  /// All lists, by name.
  public func lists() throws -> [List] {
    try read { db in
      try Row.fetchAll(db, sql: "SELECT list, count(*) FROM memberships GROUP BY list ORDER BY list").map { row in
        List(name: row[0], members: row[1], sendable: try SendableSubscribers.count(db, list: row[0] as String))
      }
    }
  }

  /// Gives one subscriber after the other, by key. Returns how many.
  @discardableResult public func forEach(
    _ query: SubscriberQuery, _ body: (ListedSubscriber) throws -> Void
  ) throws -> Int {
    try read { db in
      var count = 0
      try query.forEach(db) {
        count += 1
        try body($0)
      }
      return count
    }
  }

  /// How many subscribers are meant, whatever the limit.
  public func count(_ query: SubscriberQuery) throws -> Int { try read { try query.count($0) } }

  /// The address of a subscriber, by key or by itself. Throws where it can be none.
  public func address(of who: String) throws -> String {
    let byKey =
      Files.exists(database)
      ? try read { try String.fetchOne($0, sql: "SELECT address FROM roster WHERE key = ?", arguments: [who]) } : nil
    if let byKey { return byKey }
    guard let address = MailAddress.checked(who) else { throw SubscriberError.address(who) }
    return address
  }

  private func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
    let store = try Store.open(database, create: false, indexed: true)
    do { return try store.read(body) } catch let error as DatabaseError { throw StoreError(error, path: database) }
  }
}

extension ListedSubscriber {
  /// A line for a person: key, address, status, since when and why.
  public var line: String {
    let who = key == address.asciiLowercased ? address.padded(40) : "\(key.padded(12)) \(address.padded(32))"
    let why = [since.map { String(Time.text($0).prefix(10)) }, cause].compactMap(\.self).joined(separator: "  ")
    return "\(who)  \(status.padded(12))  \(why)".trimmedSpace.oneLine
  }
}
