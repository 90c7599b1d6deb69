import ByteSlices
import Dispatch
import Foundation
import ReturnPath
import Synchronization

/// How a campaign is to be composed.
public struct ComposeOptions: Sendable {
  /// Stop after so many messages.
  public var limit: Int?
  /// Connections, or programs, that take messages side by side.
  public var connections = 1
  /// Messages a second, over all connections.
  public var rate: Double?
  /// Goes on with a campaign whose file or templates have changed since it began.
  public var acceptChanges = false

  public init() {}
}

/// Composes a campaign for everybody who has not got it yet.
///
/// Into files, each gets it exactly once, whenever the process is killed. To a server or a program, at least once: what
/// was in the air when the process died, at most a message a connection, is offered again.
public final class ComposeRun {
  private static let batch = 2000

  private let campaign: Campaign
  private let settings: ReturnPathSettings
  private let audience: Audience
  private let options: ComposeOptions
  /// Called between messages; what it throws ends the run.
  private let checkpoint: @Sendable () throws -> Void
  /// Called with the number of messages that were dealt with since the last call.
  private let progress: @Sendable (Int) -> Void
  private var report = ComposeReport()

  public init(
    _ campaign: Campaign, _ settings: ReturnPathSettings, _ audience: Audience, options: ComposeOptions = .init(),
    checkpoint: @escaping @Sendable () throws -> Void = {}, progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) {
    self.campaign = campaign
    self.settings = settings
    self.audience = audience
    self.options = options
    self.checkpoint = checkpoint
    self.progress = progress
  }

  // MARK: what can be done

  /// Composes every message and delivers none.
  /// - Parameter ledger: who has it already; nil before the campaign has begun.
  public func rehearse(_ ledger: CampaignLedger?) throws -> ComposeReport {
    let composer = try makeComposer(ledger)
    try start(ledger)
    try forEachBatch(ledger, size: ComposeRun.batch) { members in
      for member in members {
        try compose(member, composer) { outgoing in
          report.sent += 1
          report.bytes += outgoing.message.count
        }
      }
      progress(members.count)
    }
    return report
  }

  /// Composes a message for a person who tries the campaign out; nothing is noted.
  /// - Parameters:
  ///   - address: where it goes.
  ///   - model: the subscriber whose fields it has; nil for the address's own, or else the first of the audience.
  ///   - destination: what it is submitted to; nil, or a place of files, for nothing.
  /// - Returns: the message's bytes, its lines ending in LF, and what became of it.
  public func trial(
    to address: String, like model: String?, _ ledger: CampaignLedger?, _ destination: Destination?
  ) throws -> (message: [UInt8], report: ComposeReport) {
    var message: [UInt8] = []
    let composer = try makeComposer(ledger)
    let member: Audience.Member?
    if let model {
      member = try audience.member(address: model)
      if member == nil { throw ComposeError.output(place: model, problem: "no such subscriber on the roster") }
    } else {
      member = try audience.member(address: address) ?? audience.next(after: nil, count: 1).first
    }
    guard let member else {
      throw ComposeError.output(
        place: address, problem: "the roster is empty: nobody's fields to try the campaign with")
    }
    try address.withByteSlice { slice in
      var member = member
      member.address = slice
      try compose(member, composer) { outgoing in
        message = Array(outgoing.message.raw)
        if let destination, let outlet = submissionOutlet(destination) {
          let connection = try outlet.connect()
          defer { connection.end() }
          settle(try connection.submit(outgoing.message, from: outgoing.sender, to: outgoing.recipient))
        }
        report.bytes += outgoing.message.count
      }
    }
    return (message, report)
  }

  /// Sends the campaign to everybody who has not got it.
  public func run(_ ledger: CampaignLedger, to destination: Destination) throws -> ComposeReport {
    let composer = try makeComposer(ledger)
    try begin(ledger, destination)
    try start(ledger)
    if let outlet = try batchOutlet(destination, ledger) {
      try run(ledger, outlet, composer)
    } else if let outlet = submissionOutlet(destination) {
      try run(ledger, outlet, composer)
    }
    return report
  }

  // MARK: the campaign

  private func makeComposer(_ ledger: CampaignLedger?) throws -> MessageComposer {
    let key = try ledger?.value("key").flatMap { UInt8($0) }
    if let key, !settings.keyring.has(key: key) {
      throw ComposeError.campaign(
        file: campaign.file, key: "name",
        problem:
          "the campaign has begun with key \(key), which is not among the return path's keys any more; put it back "
          + "until the campaign is done")
    }
    let composer = try MessageComposer(campaign, settings, fields: audience.fieldNames(), key: key)
    audience.use(composer.fields)
    return composer
  }

  private func start(_ ledger: CampaignLedger?) throws {
    let counts = try ledger?.counts() ?? [:]
    report.before = counts.reduce(0) { $0 + ($1.key == .deferred ? 0 : $1.value) }
  }

  /// Notes what the campaign is made of, or compares it with what it was made of when it began.
  private func begin(_ ledger: CampaignLedger, _ destination: Destination) throws {
    let begun = try ledger.counts().values.reduce(0, +)
    let now = ["content": campaign.digest(settings), "destination": destination.description]
    for (name, value) in now.sorted(by: { $0.key < $1.key }) {
      if name == "destination", let before = try ledger.value(name), before != value, try !ledger.staged().isEmpty {
        throw ComposeError.output(
          place: before,
          problem: "the last run ended while it wrote there; finish it with that destination (--limit 1) before you go "
            + "on with another")
      }
      guard begun > 0, !options.acceptChanges, let before = try ledger.value(name), before != value else { continue }
      throw ComposeError.changed(
        campaign: campaign.name, what: name == "content" ? "texts or settings" : "destination (\(before))",
        sent: begun, ledger: ledger.path)
    }
    let key = try ledger.value("key") ?? String(settings.keyring.signingKey)
    try ledger.set(now.merging(["name": campaign.name, "key": key]) { $1 })
  }

  // MARK: everybody

  private func forEachBatch(
    _ ledger: CampaignLedger?, size: Int, _ body: ([Audience.Member]) throws -> Void
  ) throws {
    var last: Int?
    while true {
      try checkpoint()
      var members = try audience.next(after: last, count: size)
      guard let first = members.first?.id, let end = members.last?.id else { return }
      last = end
      if let done = try ledger?.done(in: first...end), !done.isEmpty { members.removeAll { done.contains($0.id) } }
      if let limit = options.limit {
        let left = limit - report.sent - report.refused - report.deferred
        if left <= 0 { return }
        if members.count > left { members.removeLast(members.count - left) }
      }
      if !members.isEmpty { try body(members) }
    }
  }

  private func compose(
    _ member: Audience.Member, _ composer: MessageComposer, _ body: (Outgoing) throws -> Void
  ) throws {
    switch composer.compose(subscriber: member.id, address: member.address, values: member.values) {
    case .success(let outgoing): try body(outgoing)
    case .failure(let obstacle): report.note(obstacle, String(member.address))
    }
  }

  private static var now: Int { Int(Date().timeIntervalSince1970) }

  // MARK: into files

  private func run(_ ledger: CampaignLedger, _ outlet: any BatchOutlet, _ composer: MessageComposer) throws {
    let staged = try ledger.staged()
    switch try outlet.recover(staged: staged, values: ledger.value) {
    case .delivered: try ledger.note(staged, .sent, at: ComposeRun.now, outlet.settled)
    case .kept: try ledger.set(outlet.settled)
    case .lost:
      try ledger.forget(staged)
      report.before -= staged.count
      try ledger.set(outlet.settled)
    }
    try forEachBatch(ledger, size: ComposeRun.batch) { members in
      var composed: [Int] = []
      for member in members {
        try compose(member, composer) { outgoing in
          try outlet.stage(outgoing)
          composed.append(outgoing.subscriber)
          report.bytes += outgoing.message.count
        }
      }
      try ledger.note(composed, .staged, at: ComposeRun.now, outlet.prepare())
      if !outlet.deliversAtEnd { try ledger.note(composed, .sent, at: ComposeRun.now, outlet.release()) }
      report.sent += composed.count
      progress(members.count)
    }
    if outlet.deliversAtEnd { try ledger.noteStagedAsSent(at: ComposeRun.now, outlet.release()) }
  }

  private func batchOutlet(_ destination: Destination, _ ledger: CampaignLedger) throws -> (any BatchOutlet)? {
    switch destination {
    case .maildir(let path):
      try NewMaildirOutlet.isWanted(path, campaign: campaign.number, ledger)
        ? NewMaildirOutlet(path: path, campaign: campaign.number)
        : MaildirOutlet(path: path, campaign: campaign.number)
    case .mbox(let path): MboxOutlet(path: path, date: campaign.date)
    default: nil
    }
  }

  // MARK: to a server

  private func submissionOutlet(_ destination: Destination) -> (any SubmissionOutlet)? {
    switch destination {
    case .sendmail(let command): SendmailOutlet(command: command)
    case .smtp(let server): SMTPOutlet(server)
    default: nil
    }
  }

  private func run(_ ledger: CampaignLedger, _ outlet: any SubmissionOutlet, _ composer: MessageComposer) throws {
    // Small, so that who is suppressed meanwhile is soon known, and that few messages lie in memory.
    let size = max(options.connections, min(200, Int((options.rate ?? 200) * 5)))
    let pool = SubmissionPool(outlet, ledger, options, checkpoint)
    defer { pool.end() }
    try forEachBatch(ledger, size: size) { members in
      var batch: [SubmissionPool.Item] = []
      for member in members {
        try compose(member, composer) { outgoing in
          batch.append(SubmissionPool.Item(outgoing))
          report.bytes += outgoing.message.count
        }
      }
      let outcomes = Mutex<[Acceptance]>([])
      let progress = progress
      let failure = pool.submit(batch) { acceptance in
        outcomes.withLock { $0.append(acceptance) }
        progress(1)
      }
      for acceptance in outcomes.withLock({ $0 }) { settle(acceptance) }
      if let failure {
        if let error = failure as? ComposeError, case .output(let place, let problem) = error {
          throw ComposeError.stopped(place: place, problem: problem, sent: report.sent)
        }
        throw failure
      }
    }
  }

  private func settle(_ acceptance: Acceptance) {
    switch acceptance {
    case .accepted: report.sent += 1
    case .refused(let words):
      report.refused += 1
      report.note(reply: words)
    case .deferred(let words):
      report.deferred += 1
      report.note(reply: words)
    }
  }
}
