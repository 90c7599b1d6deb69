import GRDB
import Records

/// One disposition in a run: what it has got, how it fares, and what is said of it.
final class DeliveryDesk {
  let name: String
  private let target: DispositionTarget
  private let context: DispositionContext
  private let samples: Int
  private(set) var report: Deliveries
  /// What delivers, once there has been something to deliver.
  private(set) var opened: (any Disposition)?
  /// What was added and is not settled yet, by the index of its job.
  var open: [Int: LedgerEntry] = [:]
  private var taken = 0
  private var failuresInARow = 0
  private var wroteBookmark: String?

  /// After so many failures in a row that are about the place, the rest waits for the next run.
  private static let patience = 3

  init(_ name: String, _ target: DispositionTarget, _ context: DispositionContext, samples: Int) {
    self.name = name
    self.target = target
    self.context = context
    self.samples = samples
    report = Deliveries(disposition: name, target)
    wroteBookmark = context.bookmark
  }

  func disposition() throws -> any Disposition {
    if let opened { return opened }
    let disposition = try target.settings.open(context)
    opened = disposition
    return disposition
  }

  /// Whether it is worth while to try more.
  var isInService: Bool { failuresInARow < DeliveryDesk.patience }

  /// How many are added before the place is asked to settle: few where it may turn out not to work.
  var batch: Int { opened?.isRecordedAtOnce == true ? 64 : 1024 }

  // MARK: what becomes of an entry

  /// The entry as it is when it isn't even tried; nil when it is to be.
  func refusal(of job: DeliveryJob) -> LedgerEntry? {
    if !isInService { return waiting(job.entry) }
    if let limit = target.limit, taken >= limit {
      var entry = job.entry
      entry.state = .waiting
      entry.note = "over the limit of \(limit) in a run"
      return entry
    }
    taken += 1
    if target.settings.moves, job.entry.location.format != .maildir {
      let kind = job.entry.location.format == .mbox ? "an mbox" : "a file of its own"
      return settled(
        job.entry,
        .failed(
          DeliveryFailure(
            reason: """
              \(String(decoding: job.entry.location.path, as: UTF8.self)): it lies in \(kind), and only from a Maildir \
              can a message be moved; take "move" out of the disposition \(name) to have it copied
              """, isPermanent: true)))
    }
    return nil
  }

  /// The entry that waits for the next run because the place has failed others. It grows old as they do.
  func waiting(_ entry: LedgerEntry) -> LedgerEntry {
    var entry = entry
    let since = entry.failedSince ?? context.now
    entry.failedSince = since
    entry.state = isTooOld(since) ? .givenUp : .waiting
    entry.note = "not tried: \(target.place) failed others before"
    return entry
  }

  private func isTooOld(_ since: Double) -> Bool { context.now - since > target.maxAgeDays * 86400 }

  /// The entry after it was tried.
  func settled(_ entry: LedgerEntry, _ outcome: DeliveryOutcome) -> LedgerEntry {
    var entry = entry
    switch outcome {
    case .delivered(let place):
      failuresInARow = 0
      entry.state = target.settings.moves ? .copied : .delivered
      entry.place = place ?? (target.settings is MaildirSettings ? Maildir.name(entry.message) : nil)
      (entry.note, entry.attempts, entry.failedSince) = (nil, 0, nil)
    case .failed(let failure):
      failuresInARow = failure.isAboutPlace ? failuresInARow + 1 : 0
      entry.place = nil
      entry.note = failure.reason
      entry.attempts += 1
      let since = entry.failedSince ?? context.now
      entry.failedSince = since
      let isLast =
        failure.isPermanent || entry.attempts >= target.maxAttempts || isTooOld(since)
      entry.state = isLast ? .givenUp : .failed
    }
    return entry
  }

  // MARK: the report

  /// Counts what became of an entry.
  func note(_ entry: LedgerEntry) {
    switch entry.state {
    case .failed: report.failed += 1
    case .givenUp: report.givenUp += 1
    case .waiting: report.waiting += 1
    default:
      report.delivered += 1
      if report.samples.count < samples { report.samples.append(delivery(entry)) }
      return
    }
    if entry.state != .waiting { noteFailure(entry) }
  }

  func noteOutdated() { report.outdated += 1 }

  /// Keeps a failure by name.
  func noteFailure(_ entry: LedgerEntry) {
    if report.failures.count < samples { report.failures.append(delivery(entry)) }
  }

  private func delivery(_ entry: LedgerEntry) -> Delivery {
    let isDelivered = entry.state == .delivered || entry.state == .copied
    let place =
      target.settings is MaildirSettings ? "\(target.place)/new/\(Maildir.name(entry.message))" : target.place
    return Delivery(
      message: entry.message.hex, cause: entry.cause, rule: entry.rule, recipient: entry.recipients.first,
      place: isDelivered ? place : "", note: entry.note)
  }

  // MARK: the bookmark

  /// The row of `settings` that holds a disposition's bookmark.
  static func bookmarkName(_ name: String, _ target: DispositionTarget) -> String {
    "bookmark:\(name):\(target.place)"
  }

  /// Writes down where the disposition stands, in the transaction that writes the ledger.
  func writeBookmark(_ db: Database) throws {
    guard let bookmark = opened?.bookmark, bookmark != wroteBookmark else { return }
    try db.execute(
      sql: "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      arguments: [DeliveryDesk.bookmarkName(name, target), bookmark])
    wroteBookmark = bookmark
  }
}
