import GRDB

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The SQLite database that `load` fills and `act` works on.
///
/// The two stages don't know each other: the tables, described in ``Schema``, are all that they share.
public enum Store {
  /// Opens the database, and brings its tables up to date.
  ///
  /// A commit is atomic and survives the death of the process. A power cut may take back the last commits but leaves
  /// the database whole, and the next run does again what is missing.
  /// - Parameter create: whether a database that is not there is made.
  /// - Parameter indexed: whether a first load that is under way is completed.
  public static func open(_ path: String, create: Bool = true, indexed: Bool = false) throws -> DatabaseQueue {
    if !create, access(path, F_OK) != 0 { throw StoreError.missing(path: path) }
    var configuration = Configuration()
    configuration.label = "returnmill"
    // Kept by the file from then on, but for a first load. To set it again would want the database for oneself.
    configuration.journalMode = access(path, F_OK) == 0 ? .default : .wal
    configuration.busyMode = .timeout(30)
    // The keys hold by construction; checking each costs a look-up a row. `PRAGMA foreign_key_check` proves them.
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { db in
      try db.execute(
        sql: """
          PRAGMA page_size = 8192;
          PRAGMA cache_size = -16384;
          PRAGMA synchronous = NORMAL;
          PRAGMA wal_autocheckpoint = 8192;
          """)
    }
    do {
      let database = try DatabaseQueue(path: path, configuration: configuration)
      let migrator = Schema.migrator
      if try database.read({ try migrator.hasBeenSuperseded($0) }) { throw StoreError.newer(path: path) }
      try migrator.migrate(database)
      if indexed, try database.read(FirstLoad.isUnderWay) {
        try database.write { _ = try FirstLoad.complete($0) }
        database.writeWithoutTransaction(FirstLoad.endAppending)
      }
      return database
    } catch let error as DatabaseError {
      throw StoreError(error, path: path)
    }
  }
}

/// What can be wrong with the database as a whole.
public enum StoreError: Error, Equatable, CustomStringConvertible {
  /// There is no database yet.
  case missing(path: String)
  /// A later version of the program has changed its tables.
  case newer(path: String)
  /// Another process has held its write lock for longer than the busy timeout of 30 seconds.
  case locked(path: String)
  /// SQLite refused.
  case failed(path: String, reason: String)

  /// What SQLite said, put in our terms.
  public init(_ error: DatabaseError, path: String) {
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path)
    default: self = .failed(path: path, reason: error.description)
    }
  }

  public var description: String {
    switch self {
    case .missing(let path): "\(path): no such database; run `returnmill load` first, or name another database"
    case .newer(let path):
      "\(path): its tables were made by a later version of returnmill; install that version, or load into a new database"
    case .locked(let path): "\(path): another process is writing to the database; try again when it is done"
    case .failed(let path, let reason): "\(path): \(reason)"
    }
  }
}
