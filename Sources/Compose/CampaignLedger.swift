import ByteSlices
import Foundation
import GRDB
import Store

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Who has got a campaign: a SQLite file of its own, so that hours of sending don't wait for `load`, nor `load` for them.
///
/// One process at a time composes a campaign; the lock goes with the process. A commit is there when the process is
/// killed; with `durable` also after a power cut.
public final class CampaignLedger {
  /// What became of a subscriber's message.
  public enum State: Int, Sendable {
    /// In the outlet's own keeping, and on its way to where it is delivered: done, or to be finished by the next run.
    case staged = 1
    case sent = 2
    /// Refused for good.
    case refused = 3
    /// Not taken this time; tried again by the next run.
    case deferred = 4
  }

  public let path: String
  private let database: DatabaseQueue
  private let lock: Int32

  /// Opens the ledger of a campaign in its folder, and makes both where they are not there.
  public init(folder: String, campaign: String, durable: Bool) throws {
    path = folder + "/ledger.sqlite"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw ComposeError.output(place: folder, problem: "the folder can't be made: \(error.localizedDescription)")
    }
    lock = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      if lock >= 0 { close(lock) }
      throw ComposeError.busy(campaign: campaign, lock: folder + "/lock")
    }
    var configuration = Configuration()
    configuration.journalMode = .wal
    configuration.busyMode = .timeout(30)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = \(durable ? "FULL" : "NORMAL")")
    }
    database = try DatabaseQueue(path: path, configuration: configuration)
    try database.write { db in
      try db.execute(
        sql: """
          CREATE TABLE IF NOT EXISTS campaign (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
          CREATE TABLE IF NOT EXISTS sent (
            subscriber INTEGER PRIMARY KEY,   -- roster.id
            state INTEGER NOT NULL,           -- 1 staged, 2 sent, 3 refused, 4 deferred
            at INTEGER,                       -- when, in seconds since 1970
            note TEXT                         -- what the server said
          ) STRICT;
          CREATE VIEW IF NOT EXISTS v_sent AS
            SELECT subscriber, CASE state WHEN 1 THEN 'staged' WHEN 2 THEN 'sent' WHEN 3 THEN 'refused' ELSE 'deferred' END
              AS state, datetime(at, 'unixepoch') AS at, note FROM sent;
          """)
    }
  }

  deinit { close(lock) }

  // MARK: the campaign

  /// What was noted of the campaign.
  public func value(_ name: String) throws -> String? {
    try database.read { try String.fetchOne($0, sql: "SELECT value FROM campaign WHERE name = ?", arguments: [name]) }
  }

  public func set(_ values: [String: String]) throws { try database.write { try CampaignLedger.set(values, $0) } }

  private static func set(_ values: [String: String], _ db: Database) throws {
    for (name, value) in values {
      try db.execute(
        sql: "INSERT INTO campaign (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        arguments: [name, value])
    }
  }

  /// How many subscribers there are by state.
  public func counts() throws -> [State: Int] {
    try database.read { db in
      try Row.fetchAll(db, sql: "SELECT state, count(*) FROM sent GROUP BY state").reduce(into: [:]) { counts, row in
        if let state = State(rawValue: row[0]) { counts[state] = row[1] }
      }
    }
  }

  // MARK: subscribers

  /// Those of a range of numbers that are done with.
  public func done(in range: ClosedRange<Int>) throws -> Set<Int> {
    try database.read { db in
      let rows = try BulkStatement(
        db, "SELECT subscriber FROM sent WHERE subscriber BETWEEN ? AND ? AND state <> \(State.deferred.rawValue)")
      rows.bind(0, range.lowerBound)
      rows.bind(1, range.upperBound)
      var done: Set<Int> = []
      while try rows.step() { done.insert(rows.int(0)) }
      return done
    }
  }

  /// Those that were on their way when the last run ended.
  public func staged() throws -> [Int] {
    try database.read {
      try Int.fetchAll($0, sql: "SELECT subscriber FROM sent WHERE state = \(State.staged.rawValue)")
    }
  }

  /// Notes what became of subscribers, in one transaction.
  public func note(
    _ subscribers: some Sequence<Int>, _ state: State, at time: Int, note: String? = nil,
    _ values: [String: String] = [:]
  ) throws {
    try database.write { db in
      let upsert = try BulkStatement(
        db,
        """
        INSERT INTO sent (subscriber, state, at, note) VALUES (?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET state = excluded.state, at = excluded.at, note = excluded.note
        """)
      for subscriber in subscribers {
        upsert.bind(0, subscriber)
        upsert.bind(1, state.rawValue)
        upsert.bind(2, time)
        upsert.bind(3, note)
        try upsert.run()
      }
      try CampaignLedger.set(values, db)
    }
  }

  /// Notes that all that is staged was delivered, in one transaction.
  public func noteStagedAsSent(at time: Int, _ values: [String: String]) throws {
    try database.write { db in
      try db.execute(
        sql: """
          UPDATE sent SET state = \(State.sent.rawValue), at = ? WHERE state = \(State.staged.rawValue)
          """, arguments: [time])
      try CampaignLedger.set(values, db)
    }
  }

  /// Forgets subscribers.
  public func forget(_ subscribers: some Sequence<Int>) throws {
    try database.write { db in
      let delete = try BulkStatement(db, "DELETE FROM sent WHERE subscriber = ?")
      for subscriber in subscribers {
        delete.bind(0, subscriber)
        try delete.run()
      }
    }
  }
}
