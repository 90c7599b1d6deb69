import ByteSlices
import GRDB
import GRDBSQLite

/// A prepared statement over SQLite's own handle, for paths that run once a message: binding lends the bytes and copies
/// nothing, and reading gives slices.
///
/// Parameters and columns count from 0. Bound slices must stay valid until `run` or `reset`. Use it only inside the
/// database access that made it.
public final class BulkStatement {
  private let handle: OpaquePointer
  private let connection: OpaquePointer

  /// Prepares one statement.
  public init(_ db: Database, _ sql: String) throws {
    guard let connection = db.sqliteConnection else {
      throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "the database is closed", sql: sql)
    }
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &handle, nil)
    guard code == SQLITE_OK, let handle else { throw BulkStatement.error(connection, code, sql) }
    self.connection = connection
    self.handle = handle
  }

  deinit { sqlite3_finalize(handle) }

  // MARK: parameters

  /// Binds an integer.
  @inline(__always) public func bind(_ index: Int, _ value: Int) {
    sqlite3_bind_int64(handle, Int32(truncatingIfNeeded: index + 1), Int64(value))
  }

  /// Binds an integer, or NULL.
  @inline(__always) public func bind(_ index: Int, _ value: Int?) {
    if let value { bind(index, value) } else { bindNull(index) }
  }

  /// Binds NULL.
  @inline(__always) public func bindNull(_ index: Int) {
    sqlite3_bind_null(handle, Int32(truncatingIfNeeded: index + 1))
  }

  /// Lends a text in UTF-8.
  @inline(__always) public func bind(text: ByteSlice, _ index: Int) {
    text.base.withMemoryRebound(to: CChar.self, capacity: text.count) { start in
      _ = sqlite3_bind_text(handle, Int32(truncatingIfNeeded: index + 1), start, Int32(clamping: text.count), nil)
    }
  }

  /// Lends a text in UTF-8; NULL for an empty one.
  @inline(__always) public func bind(_ index: Int, _ text: ByteSlice) {
    if text.isEmpty { bindNull(index) } else { bind(text: text, index) }
  }

  /// Lends bytes.
  @inline(__always) public func bind(blob: ByteSlice, _ index: Int) {
    sqlite3_bind_blob(handle, Int32(truncatingIfNeeded: index + 1), blob.base, Int32(clamping: blob.count), nil)
  }

  /// Copies a text, or binds NULL.
  public func bind(_ index: Int, _ text: String?) {
    guard let text else { return bindNull(index) }
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    text.withByteSlice { slice in
      slice.base.withMemoryRebound(to: CChar.self, capacity: slice.count) { start in
        _ = sqlite3_bind_text(handle, Int32(truncatingIfNeeded: index + 1), start, Int32(clamping: slice.count), copied)
      }
    }
  }

  // MARK: running

  /// Runs a statement that returns no rows, and makes it ready for the next. Returns how many rows it changed.
  @discardableResult @inline(__always) public func run() throws -> Int {
    let code = sqlite3_step(handle)
    guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code) }
    let changes = sqlite3_changes(connection)
    sqlite3_reset(handle)
    return Int(changes)
  }

  /// Goes to the next row; false when there is none, and the statement is ready for the next use.
  @inline(__always) public func step() throws -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    guard code == SQLITE_DONE else { throw failure(code) }
    sqlite3_reset(handle)
    return false
  }

  /// Leaves the rows that are left, and makes the statement ready for the next use.
  public func reset() { sqlite3_reset(handle) }

  // MARK: columns

  /// True when the column is NULL.
  @inline(__always) public func isNull(_ column: Int) -> Bool {
    sqlite3_column_type(handle, Int32(truncatingIfNeeded: column)) == SQLITE_NULL
  }

  /// The column as an integer; 0 for NULL.
  @inline(__always) public func int(_ column: Int) -> Int {
    Int(sqlite3_column_int64(handle, Int32(truncatingIfNeeded: column)))
  }

  /// The column as an integer, nil for NULL.
  @inline(__always) public func intOrNil(_ column: Int) -> Int? { isNull(column) ? nil : int(column) }

  /// The bytes of a text or a blob, valid until the next step or reset; empty for NULL.
  @inline(__always) public func bytes(_ column: Int) -> ByteSlice {
    let index = Int32(truncatingIfNeeded: column)
    guard let start = sqlite3_column_blob(handle, index) else { return .empty }
    return ByteSlice(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index))))
  }

  /// The column as text, nil for NULL.
  public func text(_ column: Int) -> String? { isNull(column) ? nil : String(bytes(column)) }

  // MARK: errors

  private func failure(_ code: Int32) -> DatabaseError {
    let error = BulkStatement.error(connection, code, String(cString: sqlite3_sql(handle)))
    sqlite3_reset(handle)
    return error
  }

  private static func error(_ connection: OpaquePointer, _ code: Int32, _ sql: String) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: code & 0xFF), message: String(cString: sqlite3_errmsg(connection)), sql: sql)
  }
}
