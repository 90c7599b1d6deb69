import ByteSlices
import GRDB
import Records
import ReturnPath
import Store

/// Stage 4: brings the verdicts of the classify spool into the database, a transaction a shard.
///
/// ```swift
/// let stage = try LoadStage(databasePath: "work/returnmill.sqlite")
/// if try !stage.isLoaded(shard: 7, key: manifest.key) {
///   try stage.load(shard: 7, key: manifest.key) { line in
///     try reader.forEachLine(line)
///   }
/// }
/// try stage.removeShards(notIn: shardsOfTheSpool)
/// ```
/// Whatever the order in which shards come, and however often the process dies between them, the rows are those of one
/// undisturbed load of the same spool (but for `runs`, and for `changes`, which tells the history of re-judgements).
/// Not thread-safe: SQLite has one writer anyway.
public final class LoadStage {
  /// Raised when the same verdicts would give other rows.
  public static let version = 2

  /// The database, for those who report on it.
  public let database: DatabaseQueue
  private let path: String
  private let stableID: (ByteSlice) -> Int
  /// By what events are verified; nil where nothing is.
  private let keyring: Keyring?
  /// The transaction that is open, in `together`.
  private var transaction: Database?
  /// Whether it was found out if this is a first load.
  private var isBegun = false

  /// Opens the database at a path, and makes it if there is none.
  /// - Parameter keyring: the keys of return paths. With them, events are verified: see ``EventVerifier``.
  public convenience init(databasePath: String, keyring: Keyring? = nil) throws {
    try self.init(databasePath: databasePath, keyring: keyring, stableID: StableID.of)
  }

  package init(databasePath: String, keyring: Keyring? = nil, stableID: @escaping (ByteSlice) -> Int) throws {
    self.keyring = keyring
    path = databasePath
    database = try Store.open(databasePath)
    self.stableID = stableID
  }

  /// The key to load a shard by: that of its verdicts, and, where events are verified, of the keys that do it.
  public static func key(verdicts: String, keyring: Keyring?) -> String {
    keyring.map { "\(verdicts)+\($0.digest)" } ?? verdicts
  }

  /// Whether the shard's rows come from the classify shard with this key.
  public func isLoaded(shard: Int, key: String) throws -> Bool {
    try access { try database.read { try LoadStage.key(of: shard, $0) } } == key
  }

  /// The keys by which shards are loaded.
  public func loadedShards() throws -> [Int: String] {
    try access {
      try database.read { db in
        try Dictionary(
          uniqueKeysWithValues: Row.fetchAll(db, sql: "SELECT number, key FROM shards").map { ($0[0], $0[1]) })
      }
    }
  }

  /// Loads a shard, in one transaction.
  ///
  /// A shard that is loaded by the same key is left as it is. One that is loaded by another key is replaced, and what
  /// its judgements change is written to `changes`.
  /// - Parameter lines: hands each line of the shard, in order, to the closure that it gets; a line's bytes need to be
  ///   valid for the call only. What it throws takes the whole shard back.
  @discardableResult public func load(
    shard: Int, key: String, lines: (_ line: (ByteSlice) throws -> Void) throws -> Void
  ) throws -> LoadSummary {
    guard shard >= 0, shard < Schema.maxShard else { throw LoadError.shardOutOfRange(shard) }
    return try access {
      if let transaction { return try load(shard, key, lines, transaction) }
      try begin()
      return try database.write { try load(shard, key, lines, $0) }
    }
  }

  private func load(
    _ shard: Int, _ key: String, _ lines: (_ line: (ByteSlice) throws -> Void) throws -> Void, _ db: Database
  ) throws -> LoadSummary {
    let former = try LoadStage.key(of: shard, db)
    if former == key { return try LoadStage.summary(of: shard, db) }
    if try FirstLoad.mayBegin(db) { try FirstLoad.begin(db) }
    return try ShardLoad(db, shard: shard, formerKey: former, stableID, keyring).load(key: key, lines)
  }

  /// Loads the shards that `body` loads in one transaction: all of them or, when it throws, none. Pages that several
  /// shards change are then written once; ten shards a transaction cost a tenth less than one. `body` may call `load`,
  /// and nothing else of this object.
  public func together(_ body: () throws -> Void) throws {
    try access {
      try begin()
      try database.write { db in
        transaction = db
        defer { transaction = nil }
        try body()
      }
    }
  }

  /// Takes out the shards that are no longer in the spool, with their events. Returns how many.
  @discardableResult public func removeShards(notIn kept: Set<Int>) throws -> Int {
    let gone = try loadedShards().keys.filter { !kept.contains($0) }.sorted()
    for shard in gone {
      try access {
        try database.write { db in
          let former = try LoadStage.key(of: shard, db)
          try ShardLoad(db, shard: shard, formerKey: former, stableID, nil).remove()
        }
      }
    }
    return gone.count
  }

  /// Does what a first load has left for its end, and folds the write-ahead log into the database file. To be called
  /// once, after the last shard; what is not done here, `act` does when it begins.
  /// - Returns: how many messages a first load found only now to be further occurrences of others.
  @discardableResult public func finish() throws -> Int {
    try access {
      let unfinished = try database.read(FirstLoad.isUnderWay)
      let repeated = try unfinished ? database.write { try FirstLoad.complete($0, stableID) } : 0
      try database.writeWithoutTransaction { db in
        FirstLoad.endAppending(db)
        _ = try db.checkpoint(.truncate)
      }
      return repeated
    }
  }

  private func begin() throws {
    if isBegun { return }
    isBegun = true
    let isFirst = try database.read { try FirstLoad.mayBegin($0) || FirstLoad.isUnderWay($0) }
    if isFirst { database.writeWithoutTransaction(FirstLoad.beginAppending) }
  }

  private static func key(of shard: Int, _ db: Database) throws -> String? {
    try String.fetchOne(db, sql: "SELECT key FROM shards WHERE number = ?", arguments: [shard])
  }

  private static func summary(of shard: Int, _ db: Database) throws -> LoadSummary {
    let keys = Schema.messageKeys(shard: shard)
    let row = try Row.fetchOne(
      db,
      sql:
        "SELECT messages, events, (SELECT count(*) FROM duplicates WHERE key BETWEEN ? AND ?) FROM shards WHERE number = ?",
      arguments: [keys.lowerBound, keys.upperBound, shard])
    guard let row else { return LoadSummary(alreadyLoaded: true) }
    return LoadSummary(messages: row[0], events: row[1], duplicates: row[2], alreadyLoaded: true)
  }

  private func access<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError { throw StoreError(error, path: path) }
  }
}
