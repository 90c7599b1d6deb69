import ArgumentParser
import Pipeline
import Subscribers

/// Which subscribers a command is about.
struct SubscriberQueryOptions: ParsableArguments {
  @Option(help: "Only those on this list.")
  var list: String?

  @Option(help: "Only those with this status: active, suppressed, unsubscribed, restored, moved, or sendable.")
  var status: String?

  func validate() throws {
    if let status, !SubscriberQuery.statuses.contains(status) {
      throw ValidationError("--status takes one of \(SubscriberQuery.statuses.joined(separator: ", "))")
    }
  }

  var query: SubscriberQuery { SubscriberQuery(list: list, status: status) }
}

struct SubscribersExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write subscribers as CSV or NDJSON.",
    discussion: "What is written can be imported again, and then gives the same subscribers.")

  @OptionGroup var options: SubscriberOptions
  @OptionGroup var selection: SubscriberQueryOptions

  @Option(help: "csv or ndjson.")
  var format = SubscriberExport.Format.csv

  @Option(name: .shortAndLong, help: "The file to write. Default: standard output.")
  var output: String?

  func run() throws {
    let configuration = try options.configuration()
    var export = SubscriberExport()
    export.query = selection.query
    export.format = format
    export.separator = configuration.subscribers.separator
    try writeOut(output) { write in try export.run(database: configuration.database, write) }
  }
}

extension SubscriberExport.Format: ExpressibleByArgument {}
