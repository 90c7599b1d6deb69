import ByteSlices
import GRDB
import Store

/// Counts changes of state, and keeps some by name.
struct StateTally {
  private let samples: Int
  private(set) var suppressed = Kind()
  private(set) var freed = Kind()
  private var moved = Kind()
  private var onLists = (suppressed: 0, freed: 0)
  private var causes: [String: Int] = [:]
  /// Newly suppressed otherwise than by a person's override: what the brake looks at.
  private var everybody = Newly()
  /// Those of them that are on the roster.
  private var listed = Newly()
  /// Finds an address on the roster; nil where that is empty.
  private let roster: BulkStatement?

  /// Changes of one kind, of which those that come first in the alphabet are kept.
  struct Kind {
    private(set) var count = 0
    private var samples: [StateChange] = []
    /// None behind it is among the first any more.
    private var last: String?

    mutating func add(_ address: String, _ standing: StoredStanding, _ limit: Int) {
      count += 1
      if let last, last < address { return }
      samples.append(
        StateChange(
          address: address, cause: standing.cause ?? "", rule: standing.rule, policy: standing.policy,
          since: standing.since, newAddress: standing.newAddress))
      // Now and then only the first are kept, so that memory stays flat.
      if samples.count >= 2 * limit + 1024 {
        trim(limit)
        last = samples.last?.address
      }
    }

    /// What is told of them.
    func changes(_ limit: Int) -> StateChanges {
      var kind = self
      kind.trim(limit)
      var changes = StateChanges()
      (changes.count, changes.samples) = (count, kind.samples)
      return changes
    }

    private mutating func trim(_ limit: Int) {
      samples.sort { $0.address < $1.address }
      if samples.count > limit { samples.removeLast(samples.count - limit) }
    }
  }

  /// Subscribers that events newly suppress.
  private struct Newly {
    var count = 0
    var rules: [String: Int] = [:]
    private var domains = TextCounts()

    var byDomain: [String: Int] { domains.byText }

    mutating func add(domain: ByteSlice, rule: String?) {
      count += 1
      if let rule { rules[rule, default: 0] += 1 }
      domains.add(domain)
    }
  }

  private let domain = ByteBuffer(capacity: 256)

  init(_ db: Database, samples: Int) throws {
    self.samples = max(samples, 0)
    let hasRoster = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM roster)") ?? false
    roster = try hasRoster ? BulkStatement(db, "SELECT 1 FROM roster WHERE address_key = ? LIMIT 1") : nil
  }

  /// Takes note of a subscriber whose standing changes.
  mutating func note(_ subscriber: Subscriber, _ new: StoredStanding) throws {
    let old = subscriber.standing
    guard new.state != old.state else { return }
    if old.state == .suppressed { freed.add(subscriber.address, old, samples) }
    switch new.state {
    case .active: break
    case .moved: moved.add(subscriber.address, new, samples)
    case .suppressed:
      suppressed.add(subscriber.address, new, samples)
      causes[new.cause ?? "", default: 0] += 1
      try weigh(subscriber, new)
    }
  }

  /// Takes note of what changes for a subscriber on single lists. For the brake that is as grave.
  mutating func note(_ subscriber: Subscriber, _ changes: [ListChange]) throws {
    onLists.freed += changes.count(where: \.frees)
    let off = changes.filter(\.suppresses)
    onLists.suppressed += off.count
    if let first = off.first(where: { $0.after?.event != nil })?.after { try weigh(subscriber, first) }
  }

  private mutating func weigh(_ subscriber: Subscriber, _ new: StoredStanding) throws {
    if new.event == nil { return }
    findDomain(subscriber.address)
    everybody.add(domain: domain.slice, rule: new.rule)
    guard let roster else { return }
    let isListed = try subscriber.address.asciiLowercased.withByteSlice { key in
      roster.bind(text: key, 0)
      defer { roster.reset() }
      return try roster.step()
    }
    if isListed { listed.add(domain: domain.slice, rule: new.rule) }
  }

  /// Leaves in `domain`, in lower case, what stands behind the address's last `@`.
  private func findDomain(_ address: String) {
    domain.removeAll()
    address.withByteSlice { address in
      guard let at = address.lastIndex(of: 0x40) else { return }
      let name = address.dropFirst(at + 1)
      if name.isASCII {
        for byte in name { domain.append(byte.asciiLowercased) }
      } else {
        domain.append(String(name).lowercased())
      }
    }
  }

  /// Writes it all into a report.
  func fill(_ report: inout ActReport) {
    report.suppressed = suppressed.changes(samples)
    report.freed = freed.changes(samples)
    report.moved = moved.changes(samples)
    report.suppressedOnLists = onLists.suppressed
    report.freedOnLists = onLists.freed
    report.suppressedByCause = Count.list(causes, limit: samples)
    report.suppressedByRule = Count.list(everybody.rules, limit: samples)
    report.suppressedByDomain = Count.list(everybody.byDomain, limit: samples)
  }

  /// Why the brake would stop the run, if it would.
  ///
  /// - Parameter isFirst: whether no run has set the states of this database before. There is no list to protect then,
  ///   but for the roster.
  func brake(_ options: ActOptions, known: Int, isFirst: Bool, _ db: Database) throws -> BrakeReport? {
    if options.releaseBrake { return nil }
    if listed.count > 0 {
      let size = try Int.fetchOne(db, sql: "SELECT count(DISTINCT address_key) FROM roster") ?? 0
      let limit = options.brake.limit(of: size, isRoster: true)
      if listed.count > limit { return report(listed, of: size, limit, isRoster: true) }
    }
    let limit = options.brake.limit(of: known, isRoster: false)
    guard !isFirst || options.brake.firstRun, everybody.count > limit else { return nil }
    return report(everybody, of: known, limit, isRoster: false)
  }

  private func report(_ newly: Newly, of known: Int, _ limit: Int, isRoster: Bool) -> BrakeReport {
    BrakeReport(
      suppressing: newly.count, limit: limit, known: known, isRoster: isRoster,
      byDomain: Count.list(newly.byDomain, limit: samples), byRule: Count.list(newly.rules, limit: samples))
  }
}
