import Act
import DatabaseSupport
import Foundation
import GRDB
import Records

@testable import Subscribers

/// A database to import into and export from, with a folder for files.
final class Office {
  let bench: Workbench
  var database: String { bench.folder + "/db" }
  static let now = 1_700_000_000

  init() throws { bench = try Workbench() }

  func write(_ text: String, _ name: String = "in.csv") throws -> String {
    let path = bench.folder + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  @discardableResult func take(
    _ text: String, _ map: ColumnMap = ColumnMap(), lists: [String] = [], problems: (String) -> Void = { _ in },
    change: (inout SubscriberImport) -> Void = { _ in }
  ) throws -> ImportSummary {
    var job = SubscriberImport(rejects: bench.folder + "/rejects/in.csv", policy: .default, now: Self.now)
    job.map = map
    job.lists = lists
    change(&job)
    return try job.run(write(text), database: database, problem: problems)
  }

  func give(_ format: SubscriberExport.Format, _ query: SubscriberQuery = .init()) throws -> String {
    var export = SubscriberExport()
    export.format = format
    export.query = query
    var text = ""
    try export.run(database: database) { text += $0 }
    return text
  }

  @discardableResult func takeSuppressions(
    _ text: String, _ format: SuppressionFormat = .csv, list: String? = nil, problems: (String) -> Void = { _ in }
  ) throws -> SuppressionImportSummary {
    var job = SuppressionImport(rejects: bench.folder + "/rejects/s.csv", policy: .default, now: Self.now)
    job.format = format
    job.list = list
    return try job.run(write(text, "s.csv"), database: database, problem: problems)
  }

  func giveSuppressions(_ format: SuppressionFormat = .csv, list: String? = nil) throws -> String {
    var export = SuppressionExport()
    export.format = format
    export.list = list
    var text = ""
    try export.run(database: database) { text += $0 }
    return text
  }

  func act(_ policy: Policy = .default) throws {
    let options = ActOptions(
      policy: policy, dispositions: try Dispositions(folders: [:]), brake: Brake(always: 9999))
    _ = try ActStage(databasePath: database, options: options) { _, _, _ in .empty }.run()
  }

  /// A message about one recipient.
  static func mail(
    _ name: String, _ recipient: String, _ category: Category, _ reason: String, day: Int = 100, from: String? = nil
  ) -> Mail {
    Mail(
      name: name, time: day * 86400, from: from ?? "mailer-daemon@example.net",
      verdicts: [.init(recipient: recipient, category: category, reason: reason, rule: "rule-of-\(reason)")])
  }

  func lines(_ sql: String) throws -> [String] {
    try bench.rows(sql).map { row in
      row.databaseValues.map { String.fromDatabaseValue($0) ?? "\($0)" }.joined(separator: " ")
    }
  }
}
