import Act
import ByteSlices
import GRDB
import Store

/// What an import reads: the records of a file, one at a time.
protocol ImportReader {
  /// What a record says.
  associatedtype Row
  var file: InputFile { get }
  /// The first line of a CSV file, for whoever writes a part of it.
  var header: [UInt8]? { get }
  /// Bytes of the file that were read.
  var position: Int { get }
  /// The next record; nil at the end.
  func next() throws -> ImportRecord<Row>?
}

/// A record, and what it says or what is wrong with it.
struct ImportRecord<Row> {
  var line: Int
  var bytes: [UInt8]
  var row: Result<Row, RowProblem>
}

/// What an import may write with, in one transaction.
struct ImportDesk {
  let database: Database
  let states: ImportedStates
  private let erased: Tombstones?

  init(_ database: Database, now: Int) throws {
    self.database = database
    states = try ImportedStates(database, now: now)
    erased = try Tombstones.load(database)
  }

  /// Whether the owner of an address was erased on request.
  func isErased(_ address: String) -> Bool { erased.map { address.withByteSlice($0.contains) } ?? false }
}

/// Reads the records of a file and writes what they say, some thousand in a transaction: memory is bounded, and whoever
/// is interrupted begins again, and finds what is there already.
struct ImportLoop<Reader: ImportReader> {
  private static var batch: Int { 5000 }
  let reader: Reader
  /// The policy by which act works.
  let policy: Policy
  /// For the diary: now, in seconds since 1970.
  let now: Int
  /// Where records go that can't be used.
  let rejects: String
  /// Reads and checks, and changes nothing.
  var dryRun = false

  /// - Parameters:
  ///   - problem: gets what is wrong with each record that can't be used.
  ///   - progress: called between two transactions.
  ///   - take: makes for each transaction what takes its rows.
  /// - Returns: how many records could not be used.
  func run(
    database: String, problem: (String) -> Void, progress: () throws -> Void,
    take: (ImportDesk) throws -> (Reader.Row) throws -> Void
  ) throws -> Int {
    let store = try Store.open(database, indexed: true)
    let rejected = Rejects(path: rejects, header: reader.header)
    var problems = 0
    do {
      var isDone = false
      while !isDone {
        try progress()
        try store.write { db in
          try db.inSavepoint {
            let desk = try ImportDesk(db, now: now)
            let taker = try take(desk)
            for _ in 0..<Self.batch {
              guard let record = try reader.next() else {
                isDone = true
                break
              }
              switch record.row {
              case .success(let row): try taker(row)
              case .failure(let error):
                problem("\(reader.file.path):\(record.line): expected \(error.expected)")
                problems += 1
                if !dryRun { try rejected.add(record.bytes) }
              }
            }
            try desk.states.settle(policy)
            return dryRun ? .rollback : .commit
          }
        }
      }
    } catch let error as DatabaseError {
      throw StoreError(error, path: database)
    }
    if !dryRun { try rejected.commit() }
    return problems
  }
}
