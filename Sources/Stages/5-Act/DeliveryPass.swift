import ByteSlices
import GRDB
import Records
import Store

/// Delivers what a person should read, under the ledger.
///
/// Looks at the shards that it has not seen by their present key, and again at what failed before. A batch is in its
/// Maildir, on disk, before the ledger says so, and its files are named for their messages: a run that dies in between
/// finds them there.
final class DeliveryPass {
  private static let batch = 1024
  private static let batchBytes = 64 << 20
  private let database: DatabaseQueue
  private let options: ActOptions
  private let reader: MessageReader?
  private let routes: EventRoutes<String?>
  private var maildirs: [String: Maildir] = [:]
  private var reports: [String: Deliveries] = [:]
  private var ledger: [LedgerEntry] = []
  private var stagedBytes = 0
  private let paths = Arena(blockSize: 4 << 10)

  /// - Parameter reader: nil for a plan, which writes nothing.
  init(_ database: DatabaseQueue, _ options: ActOptions, reader: MessageReader?) {
    self.database = database
    self.options = options
    self.reader = reader
    let dispositions = options.dispositions
    routes = EventRoutes { dispositions.disposition(category: $0, reason: $1) }
    for (name, folder) in dispositions.folders where name != Dispositions.log {
      maildirs[name] = Maildir(path: folder)
      reports[name] = Deliveries(disposition: name, folder: folder)
    }
  }

  func run() throws -> [Deliveries] {
    let routing = options.dispositions.canonical
    let former = try database.read {
      try String.fetchOne($0, sql: "SELECT value FROM settings WHERE name = 'dispositions'")
    }
    if former != routing, reader != nil { try reset(routing) }
    let hasLedger = try database.read { try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM ledger)") } ?? false

    let unseen = try database.read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT number, delivered IS key AS seen FROM shards ORDER BY number")
      return rows.filter { former != routing || !($0["seen"] as Bool) }.map { $0["number"] as Int }
    }
    if hasLedger {
      if reader != nil { try database.write { try LedgerBook.forgetFailuresOfGoneMessages($0) } }
      try handle(retried(but: Set(unseen)))
    }
    for shard in unseen {
      try handle(work(shard, hasLedger: hasLedger))
      try settle(shard)
    }
    try settle()
    return reports.values.sorted { $0.disposition < $1.disposition }
  }

  // MARK: what is to be done

  private struct Work {
    var deliveries: [LedgerEntry] = []
    var upkeep: [LedgerEntry] = []
  }

  /// The deliveries of a shard that the ledger lacks, and the entries of the ledger that no longer hold.
  private func work(_ shard: Int, hasLedger: Bool) throws -> Work {
    try database.read { db in
      let book = try LedgerBook(db, routes)
      let wanted = try book.wanted(Schema.eventKeys(shard: shard))
      guard hasLedger else { return Work(deliveries: wanted) }
      return try compare(wanted, book.entries(Schema.messageKeys(shard: shard)))
    }
  }

  private func compare(_ wanted: [LedgerEntry], _ written: [LedgerEntry]) throws -> Work {
    var work = Work()
    let before = Dictionary(written.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    for entry in wanted {
      switch before[entry.key]?.state {
      case nil, .failed: work.deliveries.append(entry)
      case .delivered: break
      case .outdated: work.upkeep.append(before[entry.key]?.with(.delivered) ?? entry)
      }
    }
    let keys = Set(wanted.map(\.key))
    for entry in written where !keys.contains(entry.key) {
      switch entry.state {
      case .delivered: work.upkeep.append(entry.with(.outdated))
      case .failed: work.upkeep.append(entry.with(nil))
      case .outdated, nil: break
      }
    }
    return work
  }

  /// What failed before, but for what lies in shards that are looked at anyway.
  private func retried(but shards: Set<Int>) throws -> Work {
    try database.read { db in
      let book = try LedgerBook(db, routes)
      var work = Work()
      for message in try book.failed() where !shards.contains(message >> Schema.lineBits) {
        let part = try compare(book.wanted(Schema.eventKeys(message: message)), book.entries(message...message))
        work.deliveries += part.deliveries
        work.upkeep += part.upkeep
      }
      return work
    }
  }

  // MARK: doing it

  private func handle(_ work: Work) throws {
    for entry in work.upkeep {
      if entry.state == .outdated { reports[entry.disposition]?.outdated += 1 }
      if reader != nil { ledger.append(entry) }
    }
    for entry in work.deliveries {
      guard let maildir = maildirs[entry.disposition] else { continue }
      var entry = entry
      entry.place = Maildir.name(entry.message)
      if let reader { try deliver(&entry, maildir, reader) } else { entry.state = .delivered }
      report(entry)
      if reader != nil { ledger.append(entry) }
      if ledger.count >= DeliveryPass.batch || stagedBytes >= DeliveryPass.batchBytes { try settle() }
    }
  }

  private func deliver(_ entry: inout LedgerEntry, _ maildir: Maildir, _ reader: MessageReader) throws {
    entry.state = .delivered
    if try maildir.contains(entry.message) { return }
    let bytes: ByteSlice
    paths.reset()
    do {
      bytes = try reader(entry.location.source(paths), entry.message, entry.key.place >> Schema.lineBits)
    } catch {
      entry.state = .failed
      entry.place = nil
      entry.note = "\(error)"
      return
    }
    let header = DeliveryHeader.of(entry, lineEnd: bytes)
    try header.withByteSlice { try maildir.stage(entry.message, $0, bytes) }
    stagedBytes += bytes.count
  }

  private func report(_ entry: LedgerEntry) {
    let delivery = Delivery(
      message: entry.message.hex, cause: entry.cause, rule: entry.rule, recipient: entry.recipients.first,
      place: entry.place == nil ? "" : maildirs[entry.disposition]?.place(entry.message) ?? "", note: entry.note)
    guard var report = reports[entry.disposition] else { return }
    if entry.state == .failed {
      report.failed += 1
      if report.failures.count < options.samples { report.failures.append(delivery) }
    } else {
      report.delivered += 1
      if report.samples.count < options.samples { report.samples.append(delivery) }
    }
    reports[entry.disposition] = report
  }

  /// Has the Maildirs deliver what is staged, then writes the ledger, and that a shard is done.
  private func settle(_ shard: Int? = nil) throws {
    guard reader != nil, shard != nil || !ledger.isEmpty else { return }
    for (_, maildir) in maildirs.sorted(by: { $0.key < $1.key }) { try maildir.commit() }
    try database.write { db in
      try LedgerBook.write(ledger, db)
      if let shard { try db.execute(sql: "UPDATE shards SET delivered = key WHERE number = ?", arguments: [shard]) }
    }
    ledger.removeAll(keepingCapacity: true)
    stagedBytes = 0
  }

  /// The routes have changed: every shard is looked at anew.
  private func reset(_ routing: String) throws {
    try database.write { db in
      try db.execute(sql: "UPDATE shards SET delivered = NULL")
      try db.execute(
        sql: """
          INSERT INTO settings (name, value) VALUES ('dispositions', ?)
          ON CONFLICT DO UPDATE SET value = excluded.value
          """, arguments: [routing])
    }
  }
}
