import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Says on stderr how far a stage has come: a bar on a terminal, a line now and then elsewhere.
public final class Progress: Sendable {
  public enum Style: Sendable {
    case none, bar, lines
  }

  private struct State {
    var stage = ""
    var total = 0
    var done = 0
    var messages = 0
    /// Messages that there are, where that is known; else shards tell how far it is.
    var wanted: Int?
    var started = ContinuousClock.now
    var shown = ContinuousClock.now
    var visible = false
    var unit = "messages"
    /// What `total` counts; nil when that says nothing to a person.
    var parts: String? = "shards"
  }

  private let style: Style
  private let log: Log
  private let state = Mutex(State())

  public init(style: Style, log: Log) {
    self.style = style
    self.log = log
  }

  /// A bar when stderr is a terminal, lines otherwise.
  public static func automatic(log: Log, quiet: Bool) -> Progress {
    Progress(style: quiet ? .none : isatty(2) == 1 && log.format == .text ? .bar : .lines, log: log)
  }

  /// A stage begins that has `total` shards to do, or whatever it counts.
  ///
  /// - Parameter unit: what is counted beside the shards.
  /// - Parameter parts: what `total` counts instead of shards; nil when that says nothing to a person, such as bytes.
  public func begin(_ stage: String, total: Int, unit: String = "messages", parts: String? = "shards") {
    state.withLock {
      $0 = State()
      $0.unit = unit
      $0.parts = parts
      $0.stage = stage
      $0.total = total
    }
  }

  /// Messages were done, and perhaps with them a shard.
  public func advance(messages: Int, shards: Int = 0) {
    guard style != .none else { return }
    state.withLock { state in
      state.messages += messages
      state.done += shards
      let now = ContinuousClock.now
      guard state.shown.duration(to: now) >= (style == .bar ? .milliseconds(100) : .seconds(10)) else { return }
      state.shown = now
      state.visible = true
      show(state, at: now)
    }
  }

  /// So much is done of the total, and of what is counted beside it.
  public func reach(_ done: Int, counted: Int) {
    let step = state.withLock { (counted - $0.messages, done - $0.done) }
    advance(messages: step.0, shards: step.1)
  }

  /// Messages of a total were done, where there are no shards.
  public func advance(messages: Int, of total: Int) {
    guard style != .none else { return }
    state.withLock { $0.wanted = total }
    advance(messages: messages)
  }

  /// The stage is over; the bar goes.
  public func end() {
    state.withLock { state in
      if state.visible, style == .bar { write("\r\u{1B}[K") }
      state.visible = false
    }
  }

  private func show(_ state: State, at now: ContinuousClock.Instant) {
    let seconds = max(0.001, Double(state.started.duration(to: now).components.seconds))
    let rate = Int(Double(state.messages) / seconds)
    let parts = state.parts.map { "\(state.done)/\(state.total) \($0), " } ?? ""
    let counts =
      state.wanted.map { "\(grouped(state.messages)) of \(grouped($0)) \(state.unit), \(grouped(rate))/s" }
      ?? "\(parts)\(grouped(state.messages)) \(state.unit), \(grouped(rate))/s"
    let (done, total) = state.wanted.map { (state.messages, $0) } ?? (state.done, state.total)
    switch style {
    case .none: return
    case .lines: log.info("\(state.stage): \(counts)")
    case .bar:
      let width = 30
      let full = total > 0 ? min(width, width * done / total) : 0
      let bar = String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
      write("\r\u{1B}[K\(state.stage.padding(toLength: 8, withPad: " ", startingAt: 0)) \(bar) \(counts)")
    }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// 1234567 as 1,234,567.
public func grouped(_ number: Int) -> String {
  var digits = String(number.magnitude)
  var at = digits.count - 3
  while at > 0 {
    digits.insert(",", at: digits.index(digits.startIndex, offsetBy: at))
    at -= 3
  }
  return (number < 0 ? "-" : "") + digits
}
