import ByteSlices
import Foundation
import GRDB
import Load
import Records

/// A temporary folder with a database in it.
package final class Workbench {
  package let folder: String
  package let stage: LoadStage

  package init(stableID: ((ByteSlice) -> Int)? = nil) throws {
    let folder = NSTemporaryDirectory() + "load-\(UUID().uuidString)"
    self.folder = folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    stage =
      try stableID.map { try LoadStage(databasePath: folder + "/db", stableID: $0) }
      ?? LoadStage(databasePath: folder + "/db")
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @discardableResult package func load(_ shard: Int, _ mails: [Mail], key: String? = nil) throws -> LoadSummary {
    try stage.load(shard: shard, key: key ?? Workbench.key(mails)) { line in
      for mail in mails { try mail.line.withByteSlice(line) }
    }
  }

  /// A key that is another for other content.
  package static func key(_ mails: [Mail]) -> String {
    mails.flatMap(\.line).withByteSlice { MessageID(of: $0).hex }
  }

  /// The rows of all tables whose content is a function of the spool; completes a first load.
  package func dump() throws -> [String] {
    try stage.finish()
    return try Workbench.dump(stage.database)
  }

  package static func dump(_ database: DatabaseQueue) throws -> [String] {
    try database.read { db in
      let tables = [
        "shards", "sources", "messages", "events", "duplicates", "duplicate_events", "subscribers", "overrides",
        "list_overrides", "list_standings",
        "ledger", "settings",
      ]
      return try tables.flatMap { table in
        try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY 1, 2").map { "\(table): \($0)" }
      }
    }
  }

  /// What a query gives; completes a first load.
  package func rows(_ sql: String) throws -> [Row] {
    try stage.finish()
    return try stage.database.read { try Row.fetchAll($0, sql: sql) }
  }
  package func count(_ table: String) throws -> Int { try rows("SELECT count(*) FROM \(table)")[0][0] }
}
