import ByteSlices
import GRDB
import Store

/// Counts changes of state, and keeps some by name.
struct StateTally {
  private let samples: Int
  private(set) var suppressed: StateChanges
  private(set) var freed: StateChanges
  private var moved: StateChanges
  private var onLists = (suppressed: 0, freed: 0)
  private var causes: [String: Int] = [:]
  /// Newly suppressed otherwise than by a person's override: what the brake looks at.
  private var everybody = Newly()
  /// Those of them that are on the roster.
  private var listed = Newly()
  /// Finds an address on the roster; nil where that is empty.
  private let roster: BulkStatement?

  /// Subscribers that events newly suppress.
  private struct Newly {
    var count = 0
    var rules: [String: Int] = [:]
    var domains: [String: Int] = [:]

    mutating func add(domain: String, rule: String?) {
      count += 1
      if let rule { rules[rule, default: 0] += 1 }
      domains[domain, default: 0] += 1
    }
  }

  init(_ db: Database, samples: Int) throws {
    self.samples = max(samples, 0)
    suppressed = StateChanges()
    freed = StateChanges()
    moved = StateChanges()
    let hasRoster = try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM roster)") ?? false
    roster = try hasRoster ? BulkStatement(db, "SELECT 1 FROM roster WHERE address_key = ? LIMIT 1") : nil
  }

  /// Takes note of a subscriber whose standing changes.
  mutating func note(_ subscriber: Subscriber, _ new: StoredStanding) throws {
    let old = subscriber.standing
    guard new.state != old.state else { return }
    if old.state == .suppressed { add(subscriber.address, old, to: \.freed) }
    switch new.state {
    case .active: break
    case .moved: add(subscriber.address, new, to: \.moved)
    case .suppressed:
      add(subscriber.address, new, to: \.suppressed)
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
    let domain = subscriber.address.lastIndex(of: "@").map { subscriber.address[$0...].dropFirst().lowercased() } ?? ""
    everybody.add(domain: domain, rule: new.rule)
    guard let roster else { return }
    let isListed = try subscriber.address.asciiLowercased.withByteSlice { key in
      roster.bind(text: key, 0)
      defer { roster.reset() }
      return try roster.step()
    }
    if isListed { listed.add(domain: domain, rule: new.rule) }
  }

  /// Writes it all into a report.
  func fill(_ report: inout ActReport) {
    report.suppressed = trimmed(suppressed)
    report.freed = trimmed(freed)
    report.moved = trimmed(moved)
    report.suppressedOnLists = onLists.suppressed
    report.freedOnLists = onLists.freed
    report.suppressedByCause = Count.list(causes, limit: samples)
    report.suppressedByRule = Count.list(everybody.rules, limit: samples)
    report.suppressedByDomain = Count.list(everybody.domains, limit: samples)
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
      byDomain: Count.list(newly.domains, limit: samples), byRule: Count.list(newly.rules, limit: samples))
  }

  private mutating func add(
    _ address: String, _ standing: StoredStanding, to list: WritableKeyPath<StateTally, StateChanges>
  ) {
    self[keyPath: list].count += 1
    self[keyPath: list].samples.append(
      StateChange(
        address: address, cause: standing.cause ?? "", rule: standing.rule, policy: standing.policy,
        since: standing.since, newAddress: standing.newAddress))
    // Now and then only the first of the alphabet are kept, so that memory stays flat.
    if self[keyPath: list].samples.count >= 2 * samples + 1024 {
      self[keyPath: list] = trimmed(self[keyPath: list])
    }
  }

  private func trimmed(_ changes: StateChanges) -> StateChanges {
    var changes = changes
    changes.samples.sort { $0.address < $1.address }
    changes.samples = Array(changes.samples.prefix(samples))
    return changes
  }
}
