import ArgumentParser
import Pipeline
import Spool

/// What all five stage commands share.
struct StageOptions: ParsableArguments {
  @OptionGroup var workspace: WorkspaceOptions

  @Flag(help: "Do the stage again for all shards.")
  var force = false

  func run(
    _ stage: StageName, sources: [String] = [], dryRun: Bool = false, releaseBrake: Bool = false,
    retryGivenUp: Bool = false
  ) throws {
    let runner = try workspace.runner(
      sources: sources, force: force, dryRun: dryRun, releaseBrake: releaseBrake, retryGivenUp: retryGivenUp)
    let manifest = try runner.run([stage])
    print(manifest.summary, terminator: "")
    if manifest.exitCode != 0 { throw ExitCode(manifest.exitCode) }
  }
}

struct IngestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest", abstract: "Find each message in the sources and give it its identity.")

  @Argument(help: "Archives to read instead of those that the configuration names.")
  var paths: [String] = []
  @OptionGroup var options: StageOptions

  func run() throws { try options.run(.ingest, sources: paths) }
}

struct ParseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parse", abstract: "Read headers, MIME, reports and free text into evidence.")

  @OptionGroup var options: StageOptions

  func run() throws { try options.run(.parse) }
}

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Judge the evidence by the rules.")

  @OptionGroup var options: StageOptions

  func run() throws { try options.run(.classify) }
}

struct LoadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Put the verdicts into the database.")

  @OptionGroup var options: StageOptions

  func run() throws { try options.run(.load) }
}

struct ActCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "act", abstract: "Do what the policy asks for: suppress, forward to customer service.",
    discussion: """
      Suppression follows from all events by the policy, so an address is also set free when its events are judged \
      otherwise. What has left the house is in a ledger and is never repeated.
      """)

  @OptionGroup var options: StageOptions

  @Flag(help: "Show what would happen, and change nothing.")
  var dryRun = false

  @Flag(help: "Go on when the brake has stopped a run that would suppress too many.")
  var releaseBrake = false

  @Flag(help: "Try again to deliver what earlier runs have given up.")
  var retryGivenUp = false

  func run() throws {
    try options.run(.act, dryRun: dryRun, releaseBrake: releaseBrake, retryGivenUp: retryGivenUp)
  }
}
