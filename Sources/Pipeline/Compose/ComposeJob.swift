import Compose
import Foundation
import GRDB
import Spool
import Store

/// Composes a campaign in a workspace: opens what it needs, and tells in words what it did.
public struct ComposeJob {
  public var configuration: Configuration
  public var file: CampaignFile
  /// In the place of the campaign file's own.
  public var destination: Destination?
  public var options = ComposeOptions()
  public var log: Log
  public var progress: Progress

  public init(configuration: Configuration, campaign: String, log: Log, progress: Progress) throws {
    self.configuration = configuration
    self.log = log
    self.progress = progress
    file = try CampaignFile(campaign)
    if let connections = file.connections { options.connections = connections }
    if let rate = file.rate { options.rate = Double(rate) }
  }

  private var campaign: Campaign { file.campaign }
  private var folder: String { configuration.workspace.campaigns + "/" + campaign.name }

  /// Composes each message and delivers none.
  public func rehearse() throws -> ComposeReport {
    let (run, total) = try prepare()
    let ledger = try existingLedger()
    progress.begin("compose", total: total, parts: nil)
    defer { progress.end() }
    return try run.rehearse(ledger)
  }

  /// Composes one message for a person who tries the campaign out, and submits it where the campaign goes to a server or
  /// a program.
  public func trial(to address: String, like model: String?, submit: Bool) throws -> (
    message: [UInt8], report: ComposeReport
  ) {
    let (run, _) = try prepare()
    return try run.trial(to: address, like: model, existingLedger(), submit ? destination ?? file.destination : nil)
  }

  /// Sends the campaign to everybody who has not got it.
  public func send() throws -> ComposeReport {
    guard let destination = destination ?? file.destination else {
      throw ConfigurationError(
        "\(campaign.file): \"send\" is missing: where does the campaign go? For example \"send\": {\"maildir\": \"out\"}, "
          + "or --maildir, --mbox or --sendmail on the command line; --dry-run sends nothing")
    }
    let (run, total) = try prepare()
    if case .maildir(let path) = destination, configuration.sources.contains(where: { path.isWithin($0.path) }) {
      throw ConfigurationError(
        "\(path): lies within a source of the pipeline, which would read the campaign as returned mail")
    }
    let isDurable =
      switch destination {
      case .maildir, .mbox: true
      default: false
      }
    let ledger = try CampaignLedger(folder: folder, campaign: campaign.name, durable: isDurable)
    try register()
    progress.begin("compose", total: total, parts: nil)
    defer { progress.end() }
    return try run.run(ledger, to: destination)
  }

  private func existingLedger() throws -> CampaignLedger? {
    guard Files.exists(folder + "/ledger.sqlite") else { return nil }
    return try CampaignLedger(folder: folder, campaign: campaign.name, durable: false)
  }

  private func prepare() throws -> (run: ComposeRun, total: Int) {
    guard let returnPath = configuration.returnPath else {
      throw ConfigurationError(
        "\"return_path\" is missing in the configuration: without it, nobody could tell whose bounce comes back; for example "
          + "\"return_path\": {\"address\": \"bounces+{token}@example.org\", \"keys\": \"return-path.keys\"}")
    }
    let settings = try returnPath.settings()
    let database = try Store.open(configuration.database, create: false, indexed: true)
    let audience = Audience(database, list: campaign.list)
    guard try audience.exists() else {
      let lists = try audience.lists()
      throw ConfigurationError(
        campaign.list.map { name in
          "\(campaign.file): \"list\": nobody is on \"\(name)\"; "
            + (lists.isEmpty ? "no list has members" : "lists are \(lists.joined(separator: ", "))")
        } ?? "\(configuration.database): the roster is empty; bring people in with `returnmill subscribers import`")
    }
    if try !audience.isSettled() {
      log.warning("there are events that were not acted upon yet; `returnmill act` first would leave more people out")
    }
    let progress = progress
    let total = try audience.count()
    return (
      ComposeRun(
        campaign, settings, audience, options: options, checkpoint: { try Interruption.check() },
        progress: { progress.advance(messages: $0, of: total) }),
      total
    )
  }

  /// Gives the campaign's number a name in the database, for whoever asks what came back of it.
  private func register() throws {
    let database = try Store.open(configuration.database, create: false)
    let number = Int(campaign.number)
    try database.write { db in
      if let other = try String.fetchOne(db, sql: "SELECT name FROM campaigns WHERE id = ?", arguments: [number]),
        other != campaign.name
      {
        throw ConfigurationError(
          "\(campaign.file): \"name\": \"\(campaign.name)\" and the earlier campaign \"\(other)\" have one number in tokens; "
            + "give this one another name")
      }
      try db.execute(
        sql: """
          INSERT INTO campaigns (id, name, list, date) VALUES (?, ?, ?, ?)
          ON CONFLICT DO UPDATE SET list = excluded.list, date = excluded.date
          """, arguments: [number, campaign.name, campaign.list, campaign.date])
    }
  }

  // MARK: in words

  /// What a run did, or would do, a line for each kind of thing.
  public func lines(_ report: ComposeReport, didIt: Bool, limit: Int = 10) -> [String] {
    var lines: [String] = []
    let place = (destination ?? file.destination)?.description
    if report.before > 0 { lines.append("\(grouped(report.before)) subscribers had it before") }
    lines.append(
      "\(grouped(report.sent)) messages \(didIt ? "sent" : "to be sent")\(place.map { " to \($0)" } ?? ""), "
        + "\(grouped(report.bytes / 1024)) KiB")
    if report.refused > 0 { lines.append("\(grouped(report.refused)) refused for good") }
    if report.deferred > 0 { lines.append("\(grouped(report.deferred)) put off: the next run tries again") }
    for (text, count) in report.replies.prefix(limit) { lines.append("  \(grouped(count)) × \(text)") }
    if report.obstructed > 0 { lines.append("\(grouped(report.obstructed)) subscribers get none:") }
    let obstacles = report.obstacles.sorted { ($1.value.count, $0.value.address) < ($0.value.count, $1.value.address) }
    for (obstacle, found) in obstacles.prefix(limit) {
      lines.append("  \(grouped(found.count)) × \(obstacle); the first is \(found.address)")
    }
    return lines
  }
}

extension String {
  fileprivate func isWithin(_ folder: String) -> Bool { self == folder || hasPrefix(folder + "/") }
}
