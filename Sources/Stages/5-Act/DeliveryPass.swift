import ByteSlices
import GRDB
import Records
import Store

/// Delivers what the dispositions are to get, under the ledger.
///
/// Looks at the shards that it has not seen by their present key, and again at what failed before. A batch has arrived
/// before the ledger says so; a run that dies in between gives the same things again, under the same keys.
final class DeliveryPass {
  private static let batch = 1024
  private static let batchBytes = 64 << 20
  private let database: DatabaseQueue
  private let options: ActOptions
  private let reader: MessageReader?
  private let routes: EventRoutes<[EventDestination]>
  private let categories: [Category]?
  private var desks: [String: DeliveryDesk] = [:]
  private var ledger: [LedgerEntry] = []
  /// Arrived, and to be taken from the source.
  private var moves: [LedgerEntry] = []
  private var stagedBytes = 0
  private var jobs = 0
  private let paths = Arena(blockSize: 4 << 10)

  /// - Parameter reader: nil for a plan, which writes nothing.
  init(_ database: DatabaseQueue, path: String, _ options: ActOptions, reader: MessageReader?) throws {
    self.database = database
    self.options = options
    self.reader = reader
    let dispositions = options.dispositions
    categories = dispositions.categories
    routes = EventRoutes { dispositions.destinations(category: $0, reason: $1) }
    let bookmarks = try database.read { db in
      try Row.fetchAll(db, sql: "SELECT name, value FROM settings WHERE name LIKE 'bookmark:%'")
    }
    let known = Dictionary(
      bookmarks.map { ($0[0] as String, $0[1] as String) }, uniquingKeysWith: { first, _ in first })
    for (name, target) in dispositions.places {
      let context = DispositionContext(
        name: name, database: path, bookmark: known[DeliveryDesk.bookmarkName(name, target)], now: options.now,
        shouldStop: options.shouldStop)
      desks[name] = DeliveryDesk(name, target, context, samples: options.samples)
    }
  }

  func run() throws -> [Deliveries] {
    let routing = options.dispositions.canonical
    let former = try database.read {
      try String.fetchOne($0, sql: "SELECT value FROM settings WHERE name = 'dispositions'")
    }
    if former != routing, reader != nil { try reset(routing) }
    if options.retryGivenUp, reader != nil { try database.write { try LedgerBook.reviveGivenUp($0) } }
    let hasLedger = try database.read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM ledger)") } ?? false

    let unseen = try database.read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT number, delivered IS key AS seen FROM shards ORDER BY number")
      return rows.filter { former != routing || !($0["seen"] as Bool) }.map { $0["number"] as Int }
    }
    if hasLedger {
      if reader != nil { try database.write { try LedgerBook.forgetFailuresOfGoneMessages($0) } }
      try handle(retried(but: Set(unseen)))
      try settle()
      try takeFromSources()
    }
    for shard in unseen {
      if options.shouldStop() { break }
      try handle(work(shard, hasLedger: hasLedger))
      try settle(shard)
      try takeFromSources()
    }
    return desks.values.map(\.report).sorted { $0.disposition < $1.disposition }
  }

  // MARK: what is to be done

  private struct Work {
    var deliveries: [LedgerEntry] = []
    var upkeep: [LedgerEntry] = []
    var moves: [LedgerEntry] = []
  }

  /// The deliveries of a shard that the ledger lacks, and the entries of the ledger that no longer hold.
  private func work(_ shard: Int, hasLedger: Bool) throws -> Work {
    try database.read { db in
      let book = try LedgerBook(db, routes, categories)
      let wanted = try book.wanted(Schema.eventKeys(shard: shard))
      guard hasLedger else { return Work(deliveries: wanted) }
      return try compare(wanted, book.entries(Schema.messageKeys(shard: shard)))
    }
  }

  private func compare(_ wanted: [LedgerEntry], _ written: [LedgerEntry]) throws -> Work {
    var work = Work()
    let before = Dictionary(written.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    for entry in wanted {
      guard let old = before[entry.key] else {
        work.deliveries.append(entry)
        continue
      }
      var entry = entry
      (entry.attempts, entry.failedSince) = (old.attempts, old.failedSince)
      switch old.state {
      case nil, .failed, .waiting: work.deliveries.append(entry)
      case .delivered, .givenUp: break
      case .copied: work.moves.append(entry.with(.copied))
      case .outdated: work.upkeep.append(old.with(.delivered))
      }
    }
    let keys = Set(wanted.map(\.key))
    for entry in written where !keys.contains(entry.key) {
      switch entry.state {
      case .delivered, .copied: work.upkeep.append(entry.with(.outdated))
      case .failed, .waiting, .givenUp: work.upkeep.append(entry.with(nil))
      case .outdated, nil: break
      }
    }
    return work
  }

  /// What failed before, but for what lies in shards that are looked at anyway.
  private func retried(but shards: Set<Int>) throws -> Work {
    try database.read { db in
      let book = try LedgerBook(db, routes, categories)
      var work = Work()
      for message in try book.failed() where !shards.contains(message >> Schema.lineBits) {
        let part = try compare(book.wanted(Schema.eventKeys(message: message)), book.entries(message...message))
        work.deliveries += part.deliveries
        work.upkeep += part.upkeep
        work.moves += part.moves
      }
      return work
    }
  }

  // MARK: doing it

  private func handle(_ work: Work) throws {
    for entry in work.upkeep {
      if entry.state == .outdated { desks[entry.disposition]?.noteOutdated() }
      if reader != nil { ledger.append(entry) }
    }
    moves += work.moves
    for entry in work.deliveries {
      guard let desk = desks[entry.disposition] else { continue }
      if options.shouldStop() { return }
      jobs += 1
      let job = DeliveryJob(index: jobs, entry: entry)
      if let refusal = desk.refusal(of: job) {
        finish(refusal, desk)
      } else if let reader {
        try deliver(job, desk, reader)
      } else {
        desk.note(entry.with(.delivered))
      }
      if ledger.count + desk.open.count >= desk.batch || stagedBytes >= DeliveryPass.batchBytes { try settle() }
    }
  }

  private func deliver(_ job: DeliveryJob, _ desk: DeliveryDesk, _ reader: MessageReader) throws {
    do {
      let disposition = try desk.disposition()
      if try disposition.contains(job) { return finish(desk.settled(job.entry, .delivered(place: nil)), desk) }
      var message = ByteSlice.empty
      if disposition.needsMessage {
        paths.reset()
        do {
          let shard = job.entry.key.place >> Schema.lineBits
          message = try reader(job.entry.location.source(paths), job.entry.message, shard)
        } catch {
          return finish(desk.settled(job.entry, .failed(DeliveryFailure(reason: "\(error)"))), desk)
        }
        stagedBytes += message.count
      }
      if let outcome = try disposition.add(job, message) {
        finish(desk.settled(job.entry, outcome), desk)
      } else {
        desk.open[job.index] = job.entry
      }
    } catch let failure as DeliveryFailure {
      finish(desk.settled(job.entry, .failed(failure)), desk)
    }
  }

  private func finish(_ entry: LedgerEntry, _ desk: DeliveryDesk) {
    desk.note(entry)
    guard reader != nil else { return }
    ledger.append(entry)
    if entry.state == .copied { moves.append(entry) }
  }

  /// Has everything arrive that is under way, then writes the ledger, and that a shard is done.
  private func settle(_ shard: Int? = nil) throws {
    guard reader != nil else { return }
    for (_, desk) in desks.sorted(by: { $0.key < $1.key }) { try settle(desk) }
    stagedBytes = 0
    let isStopped = options.shouldStop()
    if ledger.isEmpty, shard == nil || isStopped { return }
    try database.write { db in
      try LedgerBook.write(ledger, db)
      for (_, desk) in desks { try desk.writeBookmark(db) }
      if let shard, !isStopped {
        try db.execute(sql: "UPDATE shards SET delivered = key WHERE number = ?", arguments: [shard])
      }
    }
    ledger.removeAll(keepingCapacity: true)
  }

  private func settle(_ desk: DeliveryDesk) throws {
    guard let disposition = desk.opened else { return }
    do {
      try disposition.commit { index, outcome in
        guard let entry = desk.open.removeValue(forKey: index) else { return true }
        // What was broken off is as if it had not been begun.
        if case .failed = outcome, options.shouldStop() { return false }
        let settled = desk.settled(entry, outcome)
        finish(settled, desk)
        if disposition.isRecordedAtOnce {
          try database.write { try LedgerBook.write([settled], $0) }
          ledger.removeLast()
        }
        return desk.isInService && !options.shouldStop()
      }
    } catch let failure as DeliveryFailure {
      // What was added has not arrived, though it may have been noted so.
      throw ActError.disposition(name: desk.name, problem: failure.reason)
    }
    if !options.shouldStop() {
      for (_, entry) in desk.open.sorted(by: { $0.key < $1.key }) { finish(desk.waiting(entry), desk) }
    }
    desk.open.removeAll()
  }

  /// Takes what was moved out of its source, unless another disposition still wants it.
  private func takeFromSources() throws {
    guard reader != nil, !moves.isEmpty, !options.shouldStop() else { return }
    var done: [LedgerEntry] = []
    for entry in moves where try !database.read({ try LedgerBook.isWanted(entry, $0) }) {
      do {
        paths.reset()
        try SourceRemoval.remove(entry.location.source(paths), entry.message, paths)
        done.append(entry.with(.delivered))
      } catch {
        var entry = entry
        entry.note = "copied, but can't be taken from its source: \(error)"
        done.append(entry.with(.copied))
        desks[entry.disposition]?.noteFailure(entry)
      }
    }
    moves.removeAll()
    try database.write { try LedgerBook.write(done, $0) }
  }

  /// The dispositions have changed: every shard is looked at anew, and what was given up is tried again.
  private func reset(_ routing: String) throws {
    try database.write { db in
      try db.execute(sql: "UPDATE shards SET delivered = NULL")
      try LedgerBook.reviveGivenUp(db)
      try db.execute(
        sql: """
          INSERT INTO settings (name, value) VALUES ('dispositions', ?)
          ON CONFLICT DO UPDATE SET value = excluded.value
          """, arguments: [routing])
    }
  }
}
