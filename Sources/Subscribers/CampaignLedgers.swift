import GRDB
import Spool
import Store

/// The ledgers that `compose` keeps, one a campaign, in a folder each: `NAME/ledger.sqlite`. Read only; a campaign may
/// be going out meanwhile.
struct CampaignLedgers {
  let folder: String

  /// What became of the messages to subscribers of the roster, campaign by campaign in the order of their names.
  func entries(of subscribers: [Int]) throws -> [Dossier.Entry] {
    guard !subscribers.isEmpty else { return [] }
    var entries: [Dossier.Entry] = []
    for name in try Files.names(in: folder) where !name.hasPrefix(".") {
      let path = "\(folder)/\(name)/ledger.sqlite"
      guard Files.exists(path) else { continue }
      do {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(30)
        entries += try DatabaseQueue(path: path, configuration: configuration).read { db in
          let marks = databaseQuestionMarks(count: subscribers.count)
          return try Row.fetchAll(
            db, sql: "SELECT state, unixepoch(at), note FROM v_sent WHERE subscriber IN (\(marks)) ORDER BY subscriber",
            arguments: StatementArguments(subscribers)
          ).map { Dossier.Entry(at: $0[1], kind: .campaign, what: "\(name) \($0[0] as String)", words: $0[2]) }
        }
      } catch let error as DatabaseError {
        throw StoreError(error, path: path)
      }
    }
    return entries
  }
}
