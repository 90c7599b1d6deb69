import ByteSlices
import GRDB
import GRDBSQLite
import Spool
import Store

/// Runs an SQL statement for each event, on a SQLite database:
/// ```json
/// {"kind": "sql", "database": "crm.sqlite",
///  "statement": "INSERT INTO bounces (key, address) VALUES (:key, :recipient) ON CONFLICT DO NOTHING"}
/// ```
struct SQLSettings: DispositionSettings {
  static let kind = "sql"
  var database: String
  var statement: String
  let takesEvents = true
  var place: String { database }
  let verb = "written into"

  init(_ reader: SettingsReader) throws {
    database = try reader.path("database")
    statement = try reader.required("statement")
  }

  func open(_ context: DispositionContext) throws -> any Disposition {
    if database == context.database {
      throw DeliveryFailure(
        reason: "\(database): that is the mill's own database; name another one as \"database\"", isAboutPlace: true)
    }
    return SQLDisposition(self)
  }
}

/// A statement with named parameters, run for each event, a batch in a transaction.
final class SQLDisposition: Disposition {
  private let settings: SQLSettings
  private var queue: DatabaseQueue?
  private var jobs: [DeliveryJob] = []

  let needsMessage = false

  init(_ settings: SQLSettings) { self.settings = settings }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    jobs.append(job)
    return nil
  }

  func commit(_ record: (Int, DeliveryOutcome) throws -> Bool) throws {
    guard !jobs.isEmpty else { return }
    let batch = jobs
    jobs.removeAll()
    let failures: [Int: DeliveryFailure]
    do {
      failures = try connection().write { db in
        var failures: [Int: DeliveryFailure] = [:]
        var (statement, names) = try prepare(db)
        for job in batch {
          do {
            try db.inSavepoint {
              try statement.execute(arguments: arguments(names, job.entry.facts))
              return .commit
            }
          } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            failures[job.index] = failure(error, isAboutPlace: false)
            // A statement that has failed tells of its failure once more when it is reset.
            (statement, names) = try prepare(db)
          }
        }
        return failures
      }
    } catch let error as DatabaseError {
      let all = failure(error, isAboutPlace: true)
      for job in batch { if try !record(job.index, .failed(all)) { return } }
      return
    }
    for job in batch {
      _ = try record(job.index, failures[job.index].map { .failed($0) } ?? .delivered(place: nil))
    }
  }

  private func connection() throws -> DatabaseQueue {
    if let queue { return queue }
    guard Files.exists(settings.database) else {
      throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: "there is no such database; make it and its tables")
    }
    var configuration = Configuration()
    configuration.label = "sql disposition"
    configuration.busyMode = .timeout(10)
    let opened = try DatabaseQueue(path: settings.database, configuration: configuration)
    queue = opened
    return opened
  }

  /// The statement, and the names of its parameters without their sign.
  private func prepare(_ db: Database) throws -> (Statement, [String]) {
    let statement = try db.makeStatement(sql: settings.statement)
    let count = sqlite3_bind_parameter_count(statement.sqliteStatement)
    let names = try (0..<count).map { index in
      guard let name = sqlite3_bind_parameter_name(statement.sqliteStatement, index + 1) else {
        throw DatabaseError(message: "a parameter without a name; write :recipient rather than ?")
      }
      return String(String(cString: name).dropFirst())
    }
    if let stranger = names.first(where: { !EventFacts.names.contains($0) }) {
      throw DatabaseError(
        message: "parameter :\(stranger) is unknown; known are \(EventFacts.names.joined(separator: ", "))")
    }
    return (statement, names)
  }

  private func arguments(_ names: [String], _ facts: EventFacts) -> StatementArguments {
    var values: [String: (any DatabaseValueConvertible)?] = [:]
    for name in names {
      switch facts[name] {
      case .text(let text): values[name] = text
      case .number(let number): values[name] = number
      case .flag(let flag): values[name] = flag
      case .none: values[name] = .some(nil)
      }
    }
    return StatementArguments(values)
  }

  private func failure(_ error: DatabaseError, isAboutPlace: Bool) -> DeliveryFailure {
    DeliveryFailure(
      reason: "\(settings.database): \(error.message ?? error.resultCode.description)", isAboutPlace: isAboutPlace)
  }
}
