import ByteSlices
import GRDB

/// Walks the subscribers of the roster that mail may be sent to, in an order that stays: by their numbers.
///
/// ```swift
/// let cursor = try SendableSubscribers(db, list: "news", after: lastDone)
/// while try cursor.next() {
///   compose(to: cursor.address, fields: cursor.fields)
/// }
/// ```
/// Left out are addresses that are suppressed or unsubscribed, everywhere or on this list. It holds one row at a time.
/// Use it only inside the database access that made it, on a database that was opened with `indexed: true`.
public final class SendableSubscribers {
  private let rows: BulkStatement

  /// - Parameter list: nil for everybody on the roster.
  /// - Parameter after: the number of a subscriber to go on behind; nil to begin at the beginning.
  public init(_ db: Database, list: String?, after: Int? = nil) throws {
    let order = list == nil ? "r.id" : "m.subscriber"
    rows = try BulkStatement(
      db, "SELECT r.id, r.key, r.address, r.fields \(SendableSubscribers.from(list)) ORDER BY \(order)")
    rows.bind(0, after ?? -1)
    if let list { rows.bind(1, list) }
  }

  /// Goes on to the next subscriber; false when there is none.
  public func next() throws -> Bool { try rows.step() }

  /// The subscriber's number: a stable hash of its key.
  public var id: Int { rows.int(0) }
  /// The subscriber's key in the system that it comes from. Like all slices here, valid until `next`.
  public var key: ByteSlice { rows.bytes(1) }
  /// The address as it was imported.
  public var address: ByteSlice { rows.bytes(2) }
  /// A JSON object of values for templates, without white space, names in byte order.
  public var fields: ByteSlice { rows.bytes(3) }

  /// How many there are.
  public static func count(_ db: Database, list: String?) throws -> Int {
    try Int.fetchOne(db, sql: "SELECT count(*) \(from(list))", arguments: list.map { [-1, $0] } ?? [-1]) ?? 0
  }

  /// False while there are events that `act` has not looked at yet: it may suppress some of those that are given here.
  public static func isSettled(_ db: Database) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT NOT EXISTS (SELECT 1 FROM stale) AND NOT EXISTS (SELECT 1 FROM shards WHERE settled IS NOT key)
        """) ?? true
  }

  private static func from(_ list: String?) -> String {
    let source = list == nil ? "roster r" : "memberships m CROSS JOIN roster r ON r.id = m.subscriber"
    let listed =
      list == nil
      ? ""
      : """
        AND NOT EXISTS (SELECT 1 FROM list_standings l
          WHERE l.list = ?2 AND l.address_key = r.address_key AND l.state = 'suppressed')
      """
    return """
      FROM \(source) WHERE \(list == nil ? "r.id > ?1" : "m.list = ?2 AND m.subscriber > ?1")
        AND NOT EXISTS (SELECT 1 FROM subscribers s WHERE s.address_key = r.address_key AND s.state = 'suppressed')
      \(listed)
      """
  }
}
