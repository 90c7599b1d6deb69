import ArgumentParser
import Compose
import Foundation
import Pipeline
import Transport

struct ComposeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compose", abstract: "Make a campaign's messages, one for each subscriber, and send them.",
    discussion: """
      Whoever is suppressed or unsubscribed gets none. Each message's return path names the subscriber under a signature, \
      so that what comes back is known for sure. A campaign that was stopped, however, goes on with those who have not \
      got it: into files exactly once; to a server or a program, at most the messages that were in the air are repeated.

      Try it out with --dry-run, then with --to YOURSELF.
      """)

  @Argument(help: "The campaign file (JSON; docs/compose.md tells what is in it).")
  var campaign: String

  @OptionGroup var options: WorkspaceOptions

  @Option(help: "Send into this Maildir.", completion: .directory)
  var maildir: String?

  @Option(help: "Send into this mbox, which must be new.", completion: .file())
  var mbox: String?

  @Option(help: "Send by this program, as /usr/sbin/sendmail -i -f SENDER -- RECIPIENT.", completion: .file())
  var sendmail: String?

  @Option(
    help: """
      Send to this mail server: smtp://HOST:PORT or smtps://HOST:PORT, without a login. One with a login stands in the \
      campaign file.
      """)
  var smtp: String?

  @Option(help: "How many connections or programs take messages side by side.")
  var connections: Int?

  @Option(help: "At most so many messages a second, to a server or a program.")
  var rate: Double?

  @Option(help: "Stop after so many messages; the next run goes on behind them.")
  var limit: Int?

  @Option(
    help: """
      Make one message for this address, with its own fields or those of --as, and note nothing. It is printed, or sent \
      where the campaign goes to a server or a program.
      """)
  var to: String?

  @Option(name: .customLong("as"), help: "With --to: the subscriber whose fields the message has.")
  var model: String?

  @Flag(help: "Compose every message, say what would be sent, and send nothing. With --to, print the message.")
  var dryRun = false

  @Flag(help: "Go on with a campaign whose texts or destination have changed since it began.")
  var acceptChanges = false

  func validate() throws {
    if [maildir, mbox, sendmail, smtp].compactMap({ $0 }).count > 1 {
      throw ValidationError("expected one of --maildir, --mbox, --sendmail and --smtp")
    }
    if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1 up") }
    if let rate, rate <= 0 { throw ValidationError("--rate takes a number above 0") }
    if let connections, !(1...1000).contains(connections) {
      throw ValidationError("--connections takes a number from 1 to 1000")
    }
    if model != nil, to == nil { throw ValidationError("--as goes with --to") }
  }

  func run() throws {
    let log = options.log
    var job = try ComposeJob(
      configuration: try options.configuration(), campaign: campaign, log: log,
      progress: .automatic(log: log, quiet: options.quiet))
    job.destination = try destination()
    job.options.limit = limit
    job.options.acceptChanges = acceptChanges
    if let rate { job.options.rate = rate }
    if let connections { job.options.connections = connections }

    if let to { return try trial(job, to) }
    let report = dryRun ? try job.rehearse() : try job.send()
    for line in job.lines(report, didIt: !dryRun) { print(line) }
    if report.obstructed + report.refused + report.deferred > 0 { throw ExitCode(3) }
  }

  private func trial(_ job: ComposeJob, _ address: String) throws {
    let (message, report) = try job.trial(to: address, like: model, submit: !dryRun)
    if report.obstructed + report.refused + report.deferred > 0 {
      for line in job.lines(report, didIt: true) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
      throw ExitCode(3)
    }
    if report.sent > 0 {
      print("sent to \(address)")
    } else {
      FileHandle.standardOutput.write(Data(message))
    }
  }

  private func destination() throws -> Destination? {
    let here = FileManager.default.currentDirectoryPath
    if let maildir { return .maildir(Configuration.absolute(maildir, to: here)) }
    if let mbox { return .mbox(Configuration.absolute(mbox, to: here)) }
    if let smtp {
      do { return .smtp(try SMTPServer(url: smtp)) } catch { throw ValidationError("--smtp: \(error)") }
    }
    return sendmail.map { .sendmail([Configuration.absolute($0, to: here)]) }
  }
}
