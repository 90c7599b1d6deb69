import ByteSlices
import GRDB
import Store

/// Which subscribers are meant.
public struct SubscriberQuery: Sendable {
  /// Those on this list.
  public var list: String?
  /// `active`, `suppressed`, `unsubscribed`, `restored`, `moved`, or `sendable`: neither suppressed nor unsubscribed.
  public var status: String?
  /// Those whose key or address holds this, in any case.
  public var containing: String?
  /// At most so many.
  public var limit: Int?

  public static let statuses = ["active", "moved", "restored", "sendable", "suppressed", "unsubscribed"]

  public init(list: String? = nil, status: String? = nil, containing: String? = nil, limit: Int? = nil) {
    self.list = list
    self.status = status
    self.containing = containing
    self.limit = limit
  }

  /// The status of a row `r` of the roster: that on the list where one is asked for and has one, else that everywhere.
  private var statusExpression: String {
    let everywhere = "ifnull((SELECT status FROM subscribers s WHERE s.address_key = r.address_key), 'active')"
    guard list != nil else { return everywhere }
    return """
      CASE WHEN EXISTS (SELECT 1 FROM subscribers s WHERE s.address_key = r.address_key AND s.state = 'suppressed')
        THEN \(everywhere)
        ELSE ifnull((SELECT status FROM list_standings l WHERE l.address_key = r.address_key AND l.list = ?1),
          \(everywhere)) END
      """
  }

  private var source: String {
    var conditions: [String] = []
    if status == "sendable" {
      conditions.append("p.status NOT IN ('suppressed', 'unsubscribed')")
    } else if status != nil {
      conditions.append("p.status = ?2")
    }
    if containing != nil { conditions.append("instr(lower(p.key || ' ' || p.address), ?3) > 0") }
    let from = list == nil ? "roster r" : "memberships m JOIN roster r ON r.id = m.subscriber WHERE m.list = ?1"
    return """
      FROM (SELECT r.id, r.key, r.address, r.address_key, r.fields, \(statusExpression) AS status FROM \(from)) p
      \(conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND "))
      """
  }

  /// How many there are.
  public func count(_ db: Database) throws -> Int {
    try count("SELECT count(*) \(source)", db)
  }

  private func count(_ sql: String, _ db: Database) throws -> Int {
    let statement = try BulkStatement(db, sql)
    bind(statement)
    guard try statement.step() else { return 0 }
    defer { statement.reset() }
    return statement.int(0)
  }

  private func bind(_ statement: BulkStatement) {
    statement.bind(0, list)
    statement.bind(1, status)
    statement.bind(2, containing?.asciiLowercased)
  }

  /// Gives one after the other, by key.
  func forEach(_ db: Database, _ body: (ListedSubscriber) throws -> Void) throws {
    let statement = try BulkStatement(
      db,
      """
      SELECT p.key, p.address, p.fields, p.status, s.since, s.cause,
        (SELECT json_group_array(list) FROM (SELECT list FROM memberships WHERE subscriber = p.id ORDER BY list))
      \(source.replacing(") p", with: ") p LEFT JOIN subscribers s ON s.address_key = p.address_key"))
      ORDER BY p.key \(limit.map { "LIMIT \(max($0, 0))" } ?? "")
      """)
    bind(statement)
    while try statement.step() {
      try body(
        ListedSubscriber(
          key: statement.text(0) ?? "", address: statement.text(1) ?? "", fields: statement.text(2) ?? "{}",
          status: statement.text(3) ?? "active", since: statement.intOrNil(4), cause: statement.text(5),
          lists: statement.text(6) ?? "[]"))
    }
  }
}

/// A subscriber of the roster, with how its address stands.
public struct ListedSubscriber: Sendable, Equatable {
  public var key: String
  public var address: String
  /// A JSON object.
  public var fields: String
  public var status: String
  /// Since when it stands so, in seconds since 1970, where something decided.
  public var since: Int?
  public var cause: String?
  /// A JSON list of names.
  public var lists: String

  /// As an object of one line, which an import takes.
  public var json: String {
    var members = ["\"key\":" + JSONValue.of(key), "\"address\":" + JSONValue.of(address)]
    members.append("\"lists\":" + lists)
    members.append("\"status\":" + JSONValue.of(exportedStatus))
    if exportedStatus != "active" {
      if let since { members.append("\"since\":" + JSONValue.of(Time.text(since))) }
      if let cause { members.append("\"cause\":" + JSONValue.of(cause)) }
    }
    members.append("\"fields\":" + fields)
    return "{" + members.joined(separator: ",") + "}"
  }

  /// One that moved may be written to; its new address is no status that an import could take over.
  var exportedStatus: String { status == "moved" ? "active" : status }
}
