import ArgumentParser
import Foundation
import Pipeline
import Spool

/// What the commands share that judge history by other rules.
struct JudgingOptions: ParsableArguments {
  @Option(help: "How many messages to show of each change.")
  var samples = 3

  @Flag(help: "Print the difference as one JSON object, with all addresses.")
  var json = false

  @Flag(help: "Make it so at once: classify, load, act.")
  var apply = false

  @Flag(help: "With --apply: go on when the brake would stop it.")
  var releaseBrake = false

  func validate() throws {
    if samples < 0 { throw ValidationError("--samples takes a number from 0 up") }
  }

  /// Prints what a candidate would change.
  func show(_ change: RuleChange, _ candidate: RuleChange.Candidate, _ options: WorkspaceOptions) throws {
    let report = try change.rejudge(
      candidate, workers: options.workerCount, samples: samples,
      progress: .automatic(log: options.log, quiet: options.quiet))
    print(json ? try report.encoded() : report.text, terminator: "")
  }

  /// Asks on a terminal; false when there is nobody to ask.
  func agreed(to question: String) throws -> Bool {
    guard isatty(STDIN_FILENO) == 1 else { return false }
    FileHandle.standardError.write(Data("\(question) [y/N] ".utf8))
    return ["y", "yes"].contains(readLine()?.trimmingCharacters(in: .whitespaces).lowercased() ?? "")
  }

  /// Judges, loads and acts by the rules that are in force now.
  func run(_ options: WorkspaceOptions) throws {
    let manifest = try options.runner(releaseBrake: releaseBrake).run([.classify, .load, .act])
    // With --json, stdout is for the difference.
    let summary = Data(manifest.summary.utf8)
    if json { FileHandle.standardError.write(summary) } else { print("\n" + manifest.summary, terminator: "") }
    if manifest.exitCode != 0 { throw ExitCode(manifest.exitCode) }
  }
}
