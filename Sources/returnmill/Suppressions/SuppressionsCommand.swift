import ArgumentParser
import Pipeline
import Subscribers

struct SuppressionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suppressions", abstract: "Give other systems the addresses that no mail goes to, and take theirs.",
    discussion: """
      Formats: csv and ndjson tell everything and come back as they were; addresses has an address a line; postfix is \
      an access map, kumomta a JSON object; listmonk, sendgrid, mailgun-bounces, mailgun-complaints, \
      mailgun-unsubscribes, ses, postmark and mailchimp are what those services import.
      """,
    subcommands: [SuppressionsExportCommand.self, SuppressionsImportCommand.self])
}

struct SuppressionsExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write who is suppressed, in the form that another system takes.")

  @OptionGroup var options: SubscriberOptions

  @Option(help: ArgumentHelp("The form.", valueName: "format"))
  var format = SuppressionFormat.csv

  @Option(help: "Those for this list: suppressed everywhere, or on it.")
  var list: String?

  @Option(name: .shortAndLong, help: "The file to write. Default: standard output.")
  var output: String?

  func run() throws {
    let database = try options.configuration().database
    var export = SuppressionExport()
    export.format = format
    export.list = list
    try writeOut(output) { write in
      let (_, leftOut) = try export.run(database: database, write)
      if leftOut > 0 {
        options.log.info(
          "\(grouped(leftOut)) suppressed addresses are not in it: \(format.rawValue) has no room for them")
      }
    }
  }
}

struct SuppressionsImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Take over whom another system suppresses.",
    discussion: """
      Such an address is suppressed until a person restores or releases it; the policy doesn't free it. A decision that a \
      person took here stands. Lines that can't be used are reported as FILE:LINE and kept in a file of their own; the \
      exit code is then 3.
      """)

  @OptionGroup var options: ImportOptions

  @Option(help: ArgumentHelp("The form. csv takes any CSV with a column called email or address.", valueName: "format"))
  var format = SuppressionFormat.csv

  @Option(help: "Suppress on this list only.")
  var list: String?

  func run() throws {
    try options.run(SuppressionImport.self, unit: "addresses") { job, _ in
      job.format = format
      job.list = list
    } words: { summary in
      var lines = [
        "\(grouped(summary.rows)) addresses: \(grouped(summary.suppressed)) newly suppressed, "
          + "\(grouped(summary.unchanged)) as before, \(grouped(summary.rejected)) lines rejected"
      ]
      if summary.erased > 0 { lines.append("\(grouped(summary.erased)) left out: erased on request before") }
      return lines
    }
  }
}

extension SuppressionFormat: ExpressibleByArgument {}
