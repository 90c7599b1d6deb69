import ByteSlices
import Foundation
import GRDB
import Store

/// Everything that is known of an address: who has it, how it stands and why, and what happened, in time order.
public struct Dossier: Sendable, Codable, Equatable {
  /// A subscriber of the roster with the address.
  public struct Person: Sendable, Codable, Equatable {
    public var key: String
    public var address: String
    public var lists: [String]
    /// Values for templates: JSON by name.
    public var fields: [String: JSONText]
  }

  /// How the address stands, everywhere or on a list.
  public struct Standing: Sendable, Codable, Equatable {
    public var status: String
    /// nil: everywhere.
    public var list: String?
    /// `category/reason`, or `manual`.
    public var cause: String?
    public var rule: String?
    public var policy: String?
    /// Seconds since 1970.
    public var since: Int?
    public var newAddress: String?
    /// The message that decided: its SHA-256.
    public var message: String?

    private enum CodingKeys: String, CodingKey {
      case status, list, cause, rule, policy, since, message
      case newAddress = "new_address"
    }
  }

  /// Something that happened.
  public struct Entry: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
      /// A message spoke of the address.
      case event
      /// A person decided.
      case decision
      /// Act set another state. It has no time of its own: that of the message that caused it.
      case state
      /// A message of theirs went to somebody to read.
      case delivery
      /// A campaign's message to them was sent, refused or deferred.
      case campaign
    }

    /// Seconds since 1970; nil when a message has no date.
    public var at: Int?
    public var kind: Kind
    /// `category/reason`, the decision, or the states.
    public var what: String
    public var rule: String?
    /// The server's words, or a person's note.
    public var words: String?
    public var list: String?
    public var subject: String?
    public var message: String?
    /// Where the message lies.
    public var place: String?
  }

  public var address: String
  /// Set when the address was erased on request: then nothing else is known.
  public var erased: Int?
  public var people: [Person]
  /// That which counts everywhere first.
  public var standings: [Standing]
  /// The oldest first; what has no time last.
  public var history: [Entry]

  /// JSON that stays as it is.
  public struct JSONText: Sendable, Codable, Equatable {
    public var text: String

    public init(_ text: String) { self.text = text }

    public init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    /// Texts as they are, other values as their JSON.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode(JSONValue.string(text) ?? text)
    }
  }

  /// - Parameters:
  ///   - who: an address, in any case, or the key of a subscriber.
  ///   - campaigns: the folder in which `compose` keeps its ledgers, for what was sent; nil leaves that out.
  public init(of who: String, database: String, campaigns: String? = nil) throws {
    let store = try Store.open(database, create: false, indexed: true)
    do {
      self = try store.read { db in
        let byKey = try String.fetchOne(db, sql: "SELECT address FROM roster WHERE key = ?", arguments: [who])
        return try Dossier(db, address: byKey ?? who, campaigns.map(CampaignLedgers.init(folder:)))
      }
    } catch let error as DatabaseError {
      throw StoreError(error, path: database)
    }
    if people.isEmpty, standings.isEmpty, history.isEmpty, erased == nil { throw SubscriberError.unknown(who) }
  }

  private init(_ db: Database, address: String, _ ledgers: CampaignLedgers?) throws {
    let key = address.asciiLowercased
    self.address = address
    erased = try Tombstones.date(of: key, db)
    people = try Row.fetchAll(
      db, sql: "SELECT id, key, address, fields FROM roster WHERE address_key = ? ORDER BY key", arguments: [key]
    ).map { row in
      Person(
        key: row[1], address: row[2],
        lists: try String.fetchAll(
          db, sql: "SELECT list FROM memberships WHERE subscriber = ? ORDER BY list", arguments: [row[0] as Int]),
        fields: JSONValue.members(of: row[3]).mapValues { JSONText($0) })
    }
    let columns = "status, cause, rule, policy, since, lower(hex(m.id)) AS message"
    standings = try Row.fetchAll(
      db,
      sql: """
        SELECT NULL AS list, \(columns), new_address FROM subscribers s LEFT JOIN messages m ON m.key = s.event >> 20
          WHERE s.address_key = ?1
        UNION ALL SELECT list, \(columns), NULL FROM list_standings l LEFT JOIN messages m ON m.key = l.event >> 20
          WHERE l.address_key = ?1
        ORDER BY list
        """, arguments: [key]
    ).map { row in
      let message: String? = row["message"]
      return Standing(
        status: row["status"], list: row["list"], cause: row["cause"], rule: row["rule"], policy: row["policy"],
        since: row["since"], newAddress: row["new_address"], message: message == "" ? nil : message)
    }
    history = try Dossier.events(db, key) + Dossier.decisions(db, key) + Dossier.deliveries(db, key)
    let ids = try Int.fetchAll(db, sql: "SELECT id FROM roster WHERE address_key = ?", arguments: [key])
    history += try ledgers?.entries(of: ids) ?? []
    // Stable: what comes from one table stays in its order.
    history = history.enumerated().sorted { ($0.element.at ?? .max, $0.offset) < ($1.element.at ?? .max, $1.offset) }
      .map(\.element)
    history += try Dossier.states(db, key)
  }

  private static func events(_ db: Database, _ key: String) throws -> [Entry] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT e.time, e.category, e.reason, e.rule, e.diagnostic, e.new_address, m.subject, lower(hex(m.id)) AS id,
          CASE WHEN m.file IS NULL THEN o.path ELSE o.path || '/' || m.file END AS path, m.offset
        FROM subscribers s JOIN events e ON e.subscriber = s.id JOIN messages m ON m.key = e.key >> 20
          JOIN sources o ON o.id = m.source
        WHERE s.address_key = ? ORDER BY e.time, e.key
        """, arguments: [key]
    ).map { row in
      let path = String.fromDatabaseValue(row["path"]) ?? "a path that is not UTF-8"
      let offset: Int = row["offset"]
      let new: String? = row["new_address"]
      return Entry(
        at: row["time"], kind: .event,
        what: "\(row["category"] as String)/\(row["reason"] as String)" + (new.map { " → \($0)" } ?? ""),
        rule: row["rule"], words: row["diagnostic"], subject: row["subject"], message: row["id"],
        place: offset > 0 ? "\(path) at byte \(offset)" : path)
    }
  }

  private static func decisions(_ db: Database, _ key: String) throws -> [Entry] {
    try Row.fetchAll(
      db, sql: "SELECT at, decision, list, note FROM decisions WHERE address_key = ? ORDER BY number", arguments: [key]
    ).map { Entry(at: $0[0], kind: .decision, what: $0[1], words: $0[3], list: $0[2]) }
  }

  private static func deliveries(_ db: Database, _ key: String) throws -> [Entry] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT max(e.time) AS time, l.disposition, l.state, l.note, lower(hex(l.message)) AS id, l.place
        FROM subscribers s JOIN events e ON e.subscriber = s.id JOIN messages m ON m.key = e.key >> 20
          JOIN ledger l ON l.message = m.id
        WHERE s.address_key = ? GROUP BY l.message, l.disposition ORDER BY 1, 2
        """, arguments: [key]
    ).map { row in
      Entry(
        at: row["time"], kind: .delivery, what: "\(row["disposition"] as String) \(row["state"] as String)",
        words: row["note"], message: row["id"], place: row["place"])
    }
  }

  private static func states(_ db: Database, _ key: String) throws -> [Entry] {
    try Row.fetchAll(
      db,
      sql: """
        SELECT before_state, after_state, ifnull(after_cause, before_cause) AS cause, ifnull(after_rule, before_rule)
        FROM state_changes WHERE lower(address) = ? ORDER BY number
        """, arguments: [key]
    ).map { row in
      let cause: String? = row[2]
      return Entry(
        kind: .state, what: "\(row[0] as String) → \(row[1] as String)" + (cause.map { " (\($0))" } ?? ""), rule: row[3]
      )
    }
  }

  /// One JSON object.
  public func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
