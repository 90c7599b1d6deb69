import ArgumentParser
import Foundation
import Pipeline

/// Options of every command that works in a workspace.
struct WorkspaceOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "The configuration file. Default: pipeline.json here, else in the workspace.")
  var config: String?

  @Option(
    name: .shortAndLong, help: "The folder for spool, database and results. Default: what the file says, or work/.")
  var workspace: String?

  @Option(help: "How many shards to work on side by side. Default: one for each core.")
  var workers: Int?

  @Flag(name: .shortAndLong, help: "Say only what went wrong.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say more.")
  var verbose = false

  @Option(help: "The form of log lines on stderr: text or json.")
  var logFormat = Log.Format.text

  func validate() throws {
    if let workers, workers < 1 { throw ValidationError("--workers takes a number from 1 up") }
  }

  var log: Log { Log(format: logFormat, verbose: verbose, quiet: quiet) }

  /// How many shards to work on side by side.
  var workerCount: Int { workers ?? ProcessInfo.processInfo.activeProcessorCount }

  /// The configuration that the options name, with sources from the command line, if any.
  func configuration(sources: [String] = []) throws -> Configuration {
    try Configuration.resolve(file: config, workspace: workspace, sources: sources)
  }

  func runner(
    sources: [String] = [], force: Bool = false, dryRun: Bool = false, releaseBrake: Bool = false,
    retryGivenUp: Bool = false
  ) throws -> Runner {
    var options = RunOptions()
    options.workers = workerCount
    options.force = force
    options.dryRun = dryRun
    options.releaseBrake = releaseBrake
    options.retryGivenUp = retryGivenUp
    let log = log
    return Runner(
      configuration: try configuration(sources: sources), options: options, log: log,
      progress: .automatic(log: log, quiet: quiet))
  }
}

extension Log.Format: ExpressibleByArgument {}
