import GRDB
import Store

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The ledgers that `compose` keeps, one a campaign, in a folder each: `NAME/ledger.sqlite`. Read only; a campaign may
/// be going out meanwhile.
struct CampaignLedgers {
  let folder: String

  /// What became of the messages to subscribers of the roster, campaign by campaign in the order of their names.
  func entries(of subscribers: [Int]) throws -> [Dossier.Entry] {
    guard !subscribers.isEmpty else { return [] }
    var entries: [Dossier.Entry] = []
    for name in names() {
      let path = "\(folder)/\(name)/ledger.sqlite"
      guard access(path, F_OK) == 0 else { continue }
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

  private func names() -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
