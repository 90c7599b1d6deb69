import Foundation
import GRDB
import Spool

/// A copy of the database for a dry run: load and act work on it, and then it goes.
struct Rehearsal {
  let database: String

  init(of configuration: Configuration) throws {
    database = configuration.workspace.root + "/dry-run.sqlite"
    end()
    guard Files.exists(configuration.database) else { return }
    let original = try DatabaseQueue(path: configuration.database)
    try original.backup(to: try DatabaseQueue(path: database))
  }

  func end() {
    for suffix in ["", "-wal", "-shm", "-journal"] { try? Files.remove(database + suffix) }
  }
}
