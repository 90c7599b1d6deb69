import GRDB

/// One run of the pipeline, as the database remembers it: the only rows that hold the time of day.
public struct Run: Sendable, Equatable {
  /// The run's id, as in `runs/<id>/` of the workspace.
  public var id: String
  /// Seconds since 1970.
  public var started: Double
  /// Seconds since 1970; nil while it runs, or when it was killed.
  public var finished: Double?
  /// How it ended: `done`, `failed`, `interrupted`.
  public var outcome: String?
  /// Counts and the like, as JSON.
  public var summary: String?

  public init(id: String, started: Double, finished: Double? = nil, outcome: String? = nil, summary: String? = nil) {
    self.id = id
    self.started = started
    self.finished = finished
    self.outcome = outcome
    self.summary = summary
  }

  /// Writes the run, or what has become of it.
  public func save(_ database: DatabaseQueue) throws {
    try database.write { db in
      try db.execute(
        sql: """
          INSERT INTO runs (id, started, finished, outcome, summary) VALUES (?, ?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET started = excluded.started, finished = excluded.finished,
            outcome = excluded.outcome, summary = excluded.summary
          """, arguments: [id, started, finished, outcome, summary])
    }
  }

  /// All runs that the database remembers, in the order of their beginnings.
  public static func all(_ db: Database) throws -> [Run] {
    try Row.fetchAll(db, sql: "SELECT id, started, finished, outcome, summary FROM runs ORDER BY started, id").map {
      Run(id: $0[0], started: $0[1], finished: $0[2], outcome: $0[3], summary: $0[4])
    }
  }
}
