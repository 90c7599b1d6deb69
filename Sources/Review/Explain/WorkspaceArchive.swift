import ByteSlices
import Foundation
import GRDB
import NDJSON
import Pipeline
import Records
import Spool
import Store

/// What a workspace knows of messages and addresses. Reads only, and needs no lock.
public final class WorkspaceArchive {
  /// A verdict as it was loaded.
  struct Recorded {
    var recipient: String?
    /// `category/reason`.
    var verdict: String
    var rule: String
    /// Another name of the recipient.
    var alias: String?
    /// Whether a token vouches for it; nil where nothing depends on it.
    var verification: String?
  }

  private let configuration: Pipeline.Configuration
  private let database: DatabaseQueue?

  /// - Throws: when there is no such workspace.
  public init(_ configuration: Pipeline.Configuration) throws {
    guard Files.exists(configuration.workspace.root) else {
      throw ConfigurationError(
        "\(configuration.workspace.root): no such workspace; start with: returnmill run PATH… --workspace DIR")
    }
    self.configuration = configuration
    database =
      Files.exists(configuration.database) ? try Store.open(configuration.database, create: false) : nil
  }

  /// Lends the evidence of the message whose id begins so.
  ///
  /// - Throws: `ReviewError` when no message's id does, or more than one's.
  func evidence<T>(id prefix: String, _ body: (ParseRecord) throws -> T) throws -> T {
    let digits = prefix.lowercased()
    guard let (id, shard) = try place(digits) else {
      throw ReviewError(
        "\(prefix): no file of that name, and no message in \(configuration.workspace.root) whose id begins so")
    }
    let spool = configuration.workspace.spool(.parse)
    let arena = Arena()
    let reader = ShardReader()
    var result: T?
    for shard in try shard.map({ [$0] }) ?? spool.shards() where result == nil {
      try id.withByteSlice { id in
        try reader.forEachLine(spool, shard) { line in
          guard result == nil, WorkspaceArchive.id(of: line) == id else { return }
          arena.reset()
          result = try body(try ParseRecord(line: line, arena: arena))
        }
      }
    }
    guard let result else {
      throw ReviewError("\(prefix): its evidence is not in \(spool.path); run the parse stage again")
    }
    return result
  }

  /// The id in a line of a spool, unread: it is each record's first member.
  static func id(of line: ByteSlice) -> ByteSlice { line.hasPrefix("{\"id\":\"") ? line.slice(7, 71) : .empty }

  /// The full id, and the shard where it is known.
  private func place(_ digits: String) throws -> (id: String, shard: Int?)? {
    var found: [String: Int?] = [:]
    let spool = configuration.workspace.spool(.parse)
    if let database {
      // The key's range in the index of ids: an even number of digits is a whole number of bytes.
      let lower = digits.padding(toLength: 64, withPad: "0", startingAt: 0)
      let upper = digits.padding(toLength: 64, withPad: "f", startingAt: 0)
      let rows = try database.read { db in
        try Row.fetchAll(
          db, sql: "SELECT lower(hex(id)), key >> ? FROM messages WHERE id BETWEEN ? AND ? LIMIT 2",
          arguments: [Schema.lineBits, Data(hex: lower), Data(hex: upper)])
      }
      for row in rows { found[row[0]] = .some(row[1]) }
    }
    if found.isEmpty {
      let reader = ShardReader()
      try digits.withByteSlice { digits in
        for shard in try spool.shards() {
          try reader.forEachLine(spool, shard) { line in
            let id = WorkspaceArchive.id(of: line)
            if id.prefix(digits.count) == digits { found[String(id)] = .some(shard) }
          }
        }
      }
    }
    guard found.count < 2 else {
      let ids = found.keys.sorted().prefix(2).joined(separator: ", ")
      throw ReviewError("\(digits): the ids of several messages begin so (\(ids)); give more of it")
    }
    return found.first.map { ($0.key, $0.value) }
  }

  /// The verdicts on a message as the last run loaded them.
  func verdicts(of id: MessageID) throws -> [Recorded] {
    guard let database else { return [] }
    return try database.read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT e.recipient, e.category || '/' || e.reason, e.rule, e.alias, e.verification
          FROM messages m JOIN events e ON e.key BETWEEN m.key << ? AND m.key << ? | ?
          WHERE m.id = ? ORDER BY e.key
          """,
        arguments: [Schema.ordinalBits, Schema.ordinalBits, 1 << Schema.ordinalBits - 1, Data(hex: id.hex)]
      ).map { Recorded(recipient: $0[0], verdict: $0[1], rule: $0[2], alias: $0[3], verification: $0[4]) }
    }
  }

  /// How an address stands now, in words; nil when the workspace doesn't know it.
  func standing(of address: String) throws -> String? {
    guard let database else { return nil }
    let key = String(decoding: address.utf8.map { $0.asciiLowercased }, as: UTF8.self)
    return try database.read { db in
      let override = try Row.fetchOne(
        db, sql: "SELECT state, note FROM overrides WHERE address_key = ?", arguments: [key])
      if let override {
        let note = (override[1] as String?).map { ": \($0)" } ?? ""
        return "\(override[0] as String) by a person's decision\(note)"
      }
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT state, cause, rule, date(since, 'unixepoch'), events, new_address
          FROM subscribers WHERE address_key = ?
          """, arguments: [key])
      guard let row else { return nil }
      var words: String = row[0]
      if let since = row[3] as String? { words += " since \(since)" }
      if let cause = row[1] as String? { words += ", for \(cause)\((row[2] as String?).map { " by \($0)" } ?? "")" }
      if let new = row[5] as String? { words += ", now at \(new)" }
      let events: Int = row[4]
      return words + " (\(events) event\(events == 1 ? "" : "s"))"
    }
  }
}

extension Data {
  /// The bytes that hexadecimal digits spell; digits that are none count as 0.
  fileprivate init(hex: String) {
    let digits = hex.utf8.map { $0.hexValue ?? 0 }
    self.init(stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
  }
}
