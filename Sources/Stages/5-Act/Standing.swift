/// How a subscriber stands: a pure function of its events, the policy and a person's override.
struct Standing: Equatable {
  enum State: String, Sendable, Codable {
    case active, moved, suppressed
  }

  /// An event as far as standing goes.
  struct Event {
    var key: Int
    /// Seconds since 1970; nil when the message has no date.
    var time: Int?
    /// The entry of the policy that is for it, as an index that the caller chose.
    var entry: Int
    var suppression: Suppression
    var isRedirect = false
    /// A delivery or an answer: consecutive failures are counted anew from here on.
    var showsLife = false
    /// The list that it counts for, as an index that the caller chose; nil: it counts everywhere.
    var list: Int?

    /// By time, then by place in the spool; without a time last.
    static func precedes(_ a: Event, _ b: Event) -> Bool {
      (a.time ?? .max, a.key) < (b.time ?? .max, b.key)
    }
  }

  var state: State
  /// The event that decided.
  var event: Event?
  /// The latest redirect, whatever the state.
  var redirect: Event?

  /// How a subscriber stands everywhere, or on one list.
  /// - Parameter events: in any order; sorted by this.
  /// - Parameter list: the list; nil for what counts everywhere.
  static func of(_ events: inout [Event], list: Int? = nil) -> Standing {
    if events.count > 1 { events.sort(by: Event.precedes) }
    // A redirect without a time is taken for the oldest.
    let redirect = events.last { $0.isRedirect && $0.time != nil } ?? events.last { $0.isRedirect }
    var windows: [Int: Window] = [:]
    for event in events {
      if event.showsLife {
        for key in windows.keys { windows[key]?.seeLife() }
        continue
      }
      if event.list != list { continue }
      switch event.suppression {
      case .never: continue
      case .atOnce: return Standing(state: .suppressed, event: event, redirect: redirect)
      case .after(let count, let days, let consecutive, let each):
        guard let time = event.time else { continue }
        let window = Window(isConsecutive: consecutive)
        if windows[event.entry, default: window].add(day: time.day, count: count, days: days, each: each) {
          return Standing(state: .suppressed, event: event, redirect: redirect)
        }
      }
    }
    return Standing(state: redirect == nil ? .active : .moved, event: redirect, redirect: redirect)
  }

  /// Whether a delivery or an answer, which the events may lack, could make it another.
  var dependsOnLife: Bool {
    if case .after(_, _, consecutive: true, _) = event?.suppression { state == .suppressed } else { false }
  }

  static func == (a: Standing, b: Standing) -> Bool {
    a.state == b.state && a.event?.key == b.event?.key && a.redirect?.key == b.redirect?.key
  }

  /// The days of the last failures, at most as many as are needed.
  private struct Window {
    var isConsecutive: Bool
    private var last: [Int] = []

    init(isConsecutive: Bool) { self.isConsecutive = isConsecutive }

    /// True when this failure makes `count` of them within `days` consecutive days.
    mutating func add(day: Int, count: Int, days: Int, each: Suppression.Unit) -> Bool {
      if each == .day, last.last == day { return false }
      last.append(day)
      if last.count > count { last.removeFirst() }
      return last.count == count && day - last[0] < days
    }

    mutating func seeLife() { if isConsecutive { last.removeAll(keepingCapacity: true) } }
  }
}

extension Int {
  /// The day, counted from 1970 in UTC, of a time in seconds.
  fileprivate var day: Int { self >= 0 ? self / 86400 : -((-(self + 1)) / 86400) - 1 }
}
