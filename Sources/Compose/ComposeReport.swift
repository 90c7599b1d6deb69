/// What a run of `compose` did, or would do.
public struct ComposeReport: Sendable, Equatable {
  /// Subscribers who had it before this run.
  public var before = 0
  /// Delivered or accepted in this run; in a rehearsal, composed.
  public var sent = 0
  /// Refused for good, by what was said of the first of them.
  public var refused = 0
  /// To be tried again by the next run.
  public var deferred = 0
  /// What servers said of those, the most frequent first.
  public var replies: [(text: String, count: Int)] {
    repliesByText.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }
  var repliesByText: [String: Int] = [:]
  /// Subscribers for whom no message could be made, by why; with the first of their addresses.
  public var obstacles: [Obstacle: (count: Int, address: String)] = [:]
  /// Bytes of the messages.
  public var bytes = 0

  public init() {}

  public var obstructed: Int { obstacles.values.reduce(0) { $0 + $1.count } }

  mutating func note(_ obstacle: Obstacle, _ address: String) {
    let known = obstacles[obstacle]
    obstacles[obstacle] = ((known?.count ?? 0) + 1, known?.address ?? address)
  }

  mutating func note(reply: String) {
    let text = String(reply.prefix(120))
    if repliesByText.count < 100 || repliesByText[text] != nil { repliesByText[text, default: 0] += 1 }
  }

  public static func == (a: ComposeReport, b: ComposeReport) -> Bool {
    a.before == b.before && a.sent == b.sent && a.refused == b.refused
      && a.deferred == b.deferred && a.obstructed == b.obstructed
  }
}
