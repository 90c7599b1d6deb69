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

  /// - Parameter events: in any order; sorted by this.
  static func of(_ events: inout [Event]) -> Standing {
    if events.count > 1 { events.sort(by: Event.precedes) }
    // A redirect without a time is taken for the oldest.
    let redirect = events.last { $0.isRedirect && $0.time != nil } ?? events.last { $0.isRedirect }
    var windows: [Int: Window] = [:]
    for event in events {
      switch event.suppression {
      case .never: continue
      case .atOnce: return Standing(state: .suppressed, event: event, redirect: redirect)
      case .after(let count, let days):
        guard let time = event.time else { continue }
        if windows[event.entry, default: Window()].add(day: time.day, count: count, days: days) {
          return Standing(state: .suppressed, event: event, redirect: redirect)
        }
      }
    }
    return Standing(state: redirect == nil ? .active : .moved, event: redirect, redirect: redirect)
  }

  static func == (a: Standing, b: Standing) -> Bool {
    a.state == b.state && a.event?.key == b.event?.key && a.redirect?.key == b.redirect?.key
  }

  /// The last days on which something failed, at most as many as are needed.
  private struct Window {
    private var last: [Int] = []

    /// True when this day makes `count` different ones within `days` consecutive days.
    mutating func add(day: Int, count: Int, days: Int) -> Bool {
      if last.last == day { return false }
      last.append(day)
      if last.count > count { last.removeFirst() }
      return last.count == count && day - last[0] < days
    }
  }
}

extension Int {
  /// The day, counted from 1970 in UTC, of a time in seconds.
  fileprivate var day: Int { self >= 0 ? self / 86400 : -((-(self + 1)) / 86400) - 1 }
}
