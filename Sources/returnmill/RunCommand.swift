import ArgumentParser
import Pipeline

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Do all that is stale: ingest, parse, classify, load, act.",
    discussion: """
      With paths, reads those archives into the workspace; without, those that the configuration names. What is done \
      already is not done again; a run that was killed goes on where it stopped.
      """)

  @Argument(help: "Maildirs, mboxes, .gz of them, single messages, or folders of all these.")
  var paths: [String] = []

  @OptionGroup var options: WorkspaceOptions

  @Flag(help: "Do everything again, whatever has been done.")
  var force = false

  @Flag(help: "Stop before the database is changed or anything leaves the house, and show what would.")
  var dryRun = false

  @Flag(help: "Go on when the brake has stopped a run that would suppress too many.")
  var releaseBrake = false

  @Flag(help: "Print the run's manifest as JSON.")
  var json = false

  func run() throws {
    let runner = try options.runner(sources: paths, force: force, dryRun: dryRun, releaseBrake: releaseBrake)
    let manifest = try runner.run()
    print(json ? try manifest.encoded() : manifest.summary, terminator: "")
    if manifest.exitCode != 0 { throw ExitCode(manifest.exitCode) }
  }
}
