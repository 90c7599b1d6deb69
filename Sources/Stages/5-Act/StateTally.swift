/// Counts changes of state, and keeps some by name.
struct StateTally {
  private let samples: Int
  private(set) var suppressed: StateChanges
  private(set) var freed: StateChanges
  private var moved: StateChanges
  /// Newly suppressed otherwise than by a person's override: what the brake looks at.
  private(set) var byEvents = 0
  private var causes: [String: Int] = [:]
  private var rules: [String: Int] = [:]
  private var domains: [String: Int] = [:]

  init(samples: Int) {
    self.samples = max(samples, 0)
    suppressed = StateChanges()
    freed = StateChanges()
    moved = StateChanges()
  }

  /// Takes note of a subscriber whose standing changes.
  mutating func note(_ subscriber: Subscriber, _ new: StoredStanding) {
    let old = subscriber.standing
    guard new.state != old.state else { return }
    if old.state == .suppressed { add(subscriber.address, old, to: \.freed) }
    switch new.state {
    case .active: break
    case .moved: add(subscriber.address, new, to: \.moved)
    case .suppressed:
      add(subscriber.address, new, to: \.suppressed)
      causes[new.cause ?? "", default: 0] += 1
      if new.event == nil { break }
      byEvents += 1
      if let rule = new.rule { rules[rule, default: 0] += 1 }
      let domain = subscriber.address.lastIndex(of: "@").map { subscriber.address[$0...].dropFirst().lowercased() }
      domains[domain ?? "", default: 0] += 1
    }
  }

  /// Writes it all into a report.
  func fill(_ report: inout ActReport) {
    report.suppressed = trimmed(suppressed)
    report.freed = trimmed(freed)
    report.moved = trimmed(moved)
    report.suppressedByCause = Count.list(causes, limit: samples)
    report.suppressedByRule = Count.list(rules, limit: samples)
    report.suppressedByDomain = Count.list(domains, limit: samples)
  }

  /// Why the brake would stop the run, if it would.
  ///
  /// - Parameter isFirst: whether no run has set the states of this database before.
  func brake(_ options: ActOptions, known: Int, isFirst: Bool, _ report: ActReport) -> BrakeReport? {
    let limit = options.brake.limit(known: known)
    guard !isFirst || options.brake.firstRun, !options.releaseBrake, byEvents > limit else { return nil }
    return BrakeReport(
      suppressing: byEvents, limit: limit, known: known, byDomain: report.suppressedByDomain,
      byRule: report.suppressedByRule)
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
