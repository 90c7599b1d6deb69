/// What a run of `act` did, or would do. The same for both, but for messages that turn out to be unreadable.
public struct ActReport: Sendable, Equatable, Codable {
  /// False for a plan.
  public var applied = false
  /// Subscribers in the database; 0 where none had to be looked at.
  public var known = 0
  /// Subscribers whose state was computed anew, as their events, the policy or an override had changed.
  public var examined = 0
  /// Subscribers that are suppressed, after this; nil where none had to be looked at, and so none was counted.
  public var suppressedInAll: Int?
  public var suppressed = StateChanges()
  /// No longer suppressed: the events, the policy or an override that had caused it are gone.
  public var freed = StateChanges()
  /// Not suppressed, but known to have another address.
  public var moved = StateChanges()
  /// Changes on single lists, where the policy or a person goes by them.
  public var suppressedOnLists = 0
  public var freedOnLists = 0
  /// Of the newly suppressed, the most frequent first; at most `ActOptions.samples` of each.
  public var suppressedByCause: [Count] = []
  public var suppressedByRule: [Count] = []
  public var suppressedByDomain: [Count] = []
  /// One for each disposition that has a place to deliver to, by name.
  public var deliveries: [Deliveries] = []
  /// Set in a plan whose run the brake would stop.
  public var brake: BrakeReport?

  public init() {}
}

/// Subscribers that came to another state, and some of them by name, in the order of their addresses.
public struct StateChanges: Sendable, Equatable, Codable {
  public var count = 0
  public var samples: [StateChange] = []

  public init() {}
}

/// A subscriber that came to another state.
public struct StateChange: Sendable, Equatable, Codable {
  public var address: String
  /// `category/reason`, or `manual`; where it was freed, what it had been suppressed for.
  public var cause: String
  /// The rule behind the event.
  public var rule: String?
  /// The entry of the policy.
  public var policy: String?
  /// When it happened, in seconds since 1970.
  public var since: Int?
  public var newAddress: String?

  public init(
    address: String, cause: String, rule: String? = nil, policy: String? = nil, since: Int? = nil,
    newAddress: String? = nil
  ) {
    self.address = address
    self.cause = cause
    self.rule = rule
    self.policy = policy
    self.since = since
    self.newAddress = newAddress
  }
}

/// A name and how often.
public struct Count: Sendable, Equatable, Codable {
  public var name: String
  public var count: Int

  public init(name: String, count: Int) {
    self.name = name
    self.count = count
  }

  /// The most frequent first, then by name.
  static func list(_ counts: [String: Int], limit: Int) -> [Count] {
    let sorted = counts.map { Count(name: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    return Array(sorted.prefix(limit))
  }
}

/// What a disposition got.
public struct Deliveries: Sendable, Equatable, Codable {
  public var disposition: String
  /// Where it delivers to: a path, a URL, a program.
  public var folder: String
  /// What is done with what is delivered: `put into`, `posted to`.
  public var verb: String
  /// Whether it gets events rather than messages.
  public var takesEvents: Bool
  public var delivered = 0
  /// Tried in vain; tried again by later runs.
  public var failed = 0
  /// Not tried, because a limit was reached or the place failed others; the next run goes on.
  public var waiting = 0
  /// Tried in vain for the last time.
  public var givenUp = 0
  /// Delivered by an earlier run, and now judged to be for somebody else or nobody.
  public var outdated = 0
  public var samples: [Delivery] = []
  public var failures: [Delivery] = []

  init(disposition: String, _ target: DispositionTarget) {
    self.disposition = disposition
    folder = target.place
    verb = target.verb
    takesEvents = target.settings.takesEvents
  }
}

/// A message, or an event of it, and what became of its delivery.
public struct Delivery: Sendable, Equatable, Codable {
  /// 64 hexadecimal digits.
  public var message: String
  /// `category/reason`
  public var cause: String
  public var rule: String
  public var recipient: String?
  /// The file, or what it will be.
  public var place: String
  /// Why it failed.
  public var note: String?

  public init(message: String, cause: String, rule: String, recipient: String?, place: String, note: String? = nil) {
    self.message = message
    self.cause = cause
    self.rule = rule
    self.recipient = recipient
    self.place = place
    self.note = note
  }
}

/// Why the brake stops a run.
public struct BrakeReport: Sendable, Equatable, Codable, CustomStringConvertible {
  /// How many would be newly suppressed by events; a person's overrides don't count.
  public var suppressing: Int
  /// How many may be.
  public var limit: Int
  /// How many there are.
  public var known: Int
  /// Whether all these are imported subscribers, or any addresses in the database.
  public var isRoster: Bool
  /// The most frequent first.
  public var byDomain: [Count]
  public var byRule: [Count]

  public var description: String {
    let percent = known > 0 ? " (\(suppressing * 100 / known) %)" : ""
    return """
      the brake stops this run: it would suppress \(suppressing) of \(known) \(isRoster ? "subscribers" : "known addresses")\
      \(percent), more than \(limit). Nothing was changed, and nothing has left the house.
      \(BrakeReport.table("domain", byDomain, of: suppressing))
      \(BrakeReport.table("rule", byRule, of: suppressing))
      If one domain or rule stands out, its messages may be misjudged: look at them first, for instance with returnmill \
      act --dry-run. To let this run pass, release the brake (--release-brake); to allow more from now on, raise "brake" \
      in the configuration
      """
  }

  private static func table(_ what: String, _ counts: [Count], of all: Int) -> String {
    var lines = counts.prefix(10).map {
      "\(String(repeating: " ", count: max(0, 9 - "\($0.count)".count)))\($0.count)  \($0.name)"
    }
    if counts.count > 10 { lines.append("           and \(counts.count - 10) more") }
    return "  By \(what):\n" + lines.joined(separator: "\n")
  }
}
