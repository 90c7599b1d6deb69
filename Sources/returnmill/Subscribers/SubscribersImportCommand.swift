import ArgumentParser
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

  @OptionGroup var options: ImportOptions

  @Option(help: "Put everybody in the file on this list; may be given more than once.")
  var list: [String] = []

  @Flag(help: "Read and check the file, and change nothing.")
  var dryRun = false

  @Flag(help: "Take people in again who were erased on request.")
  var includeErased = false

  func run() throws {
    try options.run(SubscriberImport.self, unit: "subscribers") { job, configuration in
      job.map = configuration.subscribers
      job.lists = list
      job.dryRun = dryRun
      job.includeErased = includeErased
    } words: { summary in
      var lines = [
        "\(grouped(summary.rows)) rows: \(grouped(summary.added)) added, \(grouped(summary.changed)) changed, "
          + "\(grouped(summary.unchanged)) unchanged, \(grouped(summary.rejected)) rejected"
          + (dryRun ? " (nothing was written)" : "")
      ]
      if summary.states > 0 {
        lines.append("\(grouped(summary.states)) of them suppressed or restored, as the file says")
      }
      if summary.erased > 0 { lines.append("\(grouped(summary.erased)) left out: erased on request before") }
      return lines
    }
  }
}
