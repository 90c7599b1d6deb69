import ArgumentParser
import ByteSlices
import Foundation
import Pipeline
import Spool
import Subscribers

/// Options of commands on the subscribers of a workspace.
struct SubscriberOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The configuration file. Default: pipeline.json here, else in the workspace.")
  var config: String?

  @Option(name: .shortAndLong, help: "The workspace. Default: what the configuration says, or work/.")
  var workspace: String?

  @Flag(name: .shortAndLong, help: "Say only what went wrong.")
  var quiet = false

  @Option(help: "The form of log lines on stderr: text or json.")
  var logFormat = Log.Format.text

  var log: Log { Log(format: logFormat, quiet: quiet) }

  func configuration() throws -> Configuration {
    try Configuration.resolve(file: config, workspace: workspace, sources: [])
  }

  /// Does something with the database while no run works on it; the workspace is made if there is none.
  func writing<Result>(_ body: (Configuration) throws -> Result) throws -> Result {
    let configuration = try configuration()
    try Files.makeFolder(configuration.workspace.root)
    let lock = try WorkspaceLock(configuration.workspace)
    defer { withExtendedLifetime(lock) {} }
    return try body(configuration)
  }

  /// Shows how far an import has come.
  func progress(_ name: String, unit: String) -> (progress: Pipeline.Progress, step: (ImportProgress) throws -> Void) {
    let progress = Pipeline.Progress.automatic(log: log, quiet: quiet)
    var hasBegun = false
    return (
      progress,
      { step in
        try Interruption.check()
        if !hasBegun { progress.begin(name, total: step.size ?? 0, unit: unit, parts: nil) }
        hasBegun = true
        progress.reach(step.bytes, counted: step.rows)
      }
    )
  }
}

/// Says what is wrong with each of the first rows that can't be used, and how many more there are.
final class RowProblems {
  private static let most = 20
  private let log: Log
  private var count = 0

  init(_ log: Log) { self.log = log }

  func add(_ problem: String) {
    count += 1
    if count <= RowProblems.most { log.warning(problem) }
  }

  /// Says the rest. With problems, the exit code is 3: something was set aside.
  func end(_ rejects: String?) throws {
    if count > RowProblems.most { log.warning("and \(grouped(count - RowProblems.most)) more rows like these") }
    if let rejects { log.warning("the rows that could not be used are in \(rejects); mend them and import that file") }
    if count > 0 { throw ExitCode(ExitStatus.heldBack) }
  }
}

/// Writes an export to standard output or, whole or not at all, to a file.
func writeOut(_ output: String?, _ body: ((String) throws -> Void) throws -> Void) throws {
  guard let output, output != "-" else {
    return try body { FileHandle.standardOutput.write(Data($0.utf8)) }
  }
  let path = Configuration.absolute(output, to: FileManager.default.currentDirectoryPath)
  let file = try OutputFile(path: path + ".tmp")
  do {
    try body { text in try text.withByteSlice { try file.write($0) } }
  } catch {
    file.abandon()
    throw error
  }
  try file.commit(as: path)
}
