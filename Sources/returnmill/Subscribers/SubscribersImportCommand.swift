import ArgumentParser
import Foundation
import Pipeline
import Subscribers

struct SubscribersImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Bring subscribers in from a CSV or NDJSON file.",
    discussion: """
      A subscriber whose key is known is brought up to date: address, the fields that the file has, and the lists if it \
      has a column of them. The first line of a CSV names the columns; "subscribers" in the configuration tells which \
      means what. Rows that can't be used are reported as FILE:LINE and kept in a file of their own; the exit code is \
      then 3.
      """)

  @Argument(help: "The file; - for standard input.")
  var file: String

  @OptionGroup var options: SubscriberOptions

  @Option(help: "Put everybody in the file on this list; may be given more than once.")
  var list: [String] = []

  @Option(help: "Where rows go that can't be used. Default: quarantine/subscribers in the workspace.")
  var rejects: String?

  @Flag(help: "Read and check the file, and change nothing.")
  var dryRun = false

  @Flag(help: "Take people in again who were erased on request.")
  var includeErased = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let (progress, step) = options.progress("import", unit: "subscribers")
    let problems = RowProblems(options.log)
    let summary = try options.writing { configuration in
      var job = SubscriberImport(
        rejects: rejects ?? rejectsFile(for: file, configuration), policy: configuration.policy,
        now: Int(Date().timeIntervalSince1970))
      job.map = configuration.subscribers
      job.lists = list
      job.dryRun = dryRun
      job.includeErased = includeErased
      defer { progress.end() }
      return try job.run(file, database: configuration.database, problem: problems.add, progress: step)
    }
    if json {
      print(try encoded(summary), terminator: "")
    } else {
      print(
        "\(grouped(summary.rows)) rows: \(grouped(summary.added)) added, \(grouped(summary.changed)) changed, "
          + "\(grouped(summary.unchanged)) unchanged, \(grouped(summary.rejected)) rejected"
          + (dryRun ? " (nothing was written)" : ""))
      if summary.states > 0 { print("\(grouped(summary.states)) of them suppressed or restored, as the file says") }
      if summary.erased > 0 { print("\(grouped(summary.erased)) left out: erased on request before") }
    }
    try problems.end(summary.rejects)
  }
}

/// One JSON object, for programs.
func encoded(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}
