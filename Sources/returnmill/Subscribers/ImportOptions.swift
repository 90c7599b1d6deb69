import ArgumentParser
import Foundation
import Pipeline
import Subscribers

/// What imports from files have in common.
struct ImportOptions: ParsableArguments {
  @Argument(help: "The file; - for standard input.")
  var file: String

  @OptionGroup var subscribers: SubscriberOptions

  @Option(help: "Where rows go that can't be used. Default: quarantine/subscribers in the workspace.")
  var rejects: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  /// Imports the file, and says what came of it.
  ///
  /// - Parameters:
  ///   - unit: what is counted, for the progress.
  ///   - prepare: sets what the command's own options say.
  ///   - words: the summary in lines, for a person.
  func run<Import: FileImport>(
    _ kind: Import.Type, unit: String, prepare: (inout Import, Configuration) -> Void,
    words: (Import.Summary) -> [String]
  ) throws {
    let (progress, step) = subscribers.progress("import", unit: unit)
    let problems = RowProblems(subscribers.log)
    let summary = try subscribers.writing { configuration in
      var job = kind.init(
        rejects: rejects ?? rejectsFile(configuration), policy: configuration.policy,
        now: Int(Date().timeIntervalSince1970))
      prepare(&job, configuration)
      defer { progress.end() }
      return try job.run(file, database: configuration.database, problem: problems.add, progress: step)
    }
    print(json ? try encoded(summary) : words(summary).map { $0 + "\n" }.joined(), terminator: "")
    try problems.end(summary.rejects)
  }

  /// Where rows go that can't be used, unless the user says where.
  private func rejectsFile(_ configuration: Configuration) -> String {
    let name = file == "-" ? "stdin" : (file as NSString).lastPathComponent
    return configuration.workspace.quarantine + "/subscribers/" + name
  }
}

/// One JSON object, for programs.
func encoded(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}
