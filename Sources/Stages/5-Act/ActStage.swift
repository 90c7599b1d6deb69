import ByteSlices
import GRDB
import Records
import Store

/// Stage 5: what the policy asks for. Suppresses addresses and sets them free, and delivers what a person should read.
///
/// ```swift
/// let stage = try ActStage(databasePath: path, options: options) { source, id, shard in
///   try archive.read(source, id)
/// }
/// print(try stage.plan())
/// let report = try stage.run()
/// ```
/// States are set in one transaction, then mail is delivered a batch at a time. Whenever the process dies, the next run
/// ends where an undisturbed one would have. Not thread-safe.
public final class ActStage {
  private let path: String
  private let database: DatabaseQueue
  private let options: ActOptions
  private let reader: MessageReader

  /// Opens a database that `load` has made.
  /// - Parameter reader: gets the bytes of a message that is to be delivered.
  public init(databasePath: String, options: ActOptions, reader: @escaping MessageReader) throws {
    path = databasePath
    database = try Store.open(databasePath, create: false, indexed: true)
    self.options = options
    self.reader = reader
  }

  /// What `run` would do, found without changing anything. Where the brake would stop the run, the report says so.
  public func plan() throws -> ActReport {
    try access {
      var report = try database.read { try StatePass($0, options, apply: false).run() }
      report.deliveries = try DeliveryPass(database, path: path, options, reader: nil).run()
      return report
    }
  }

  /// Does it. Throws `ActError.brake`, with nothing changed, where the brake stops it.
  public func run() throws -> ActReport {
    try access {
      var report = try database.write { try StatePass($0, options, apply: true).run() }
      report.applied = true
      report.deliveries = try DeliveryPass(database, path: path, options, reader: reader).run()
      return report
    }
  }

  private func access<T>(_ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as DatabaseError { throw StoreError(error, path: path) }
  }
}
