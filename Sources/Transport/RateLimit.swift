import Synchronization

/// Lets no more than so many pass in a second, evenly spaced, whichever thread they come from.
public final class RateLimit: Sendable {
  private let interval: Duration
  private let next = Mutex<ContinuousClock.Instant>(.now)

  /// - Parameter perSecond: more than 0; may be less than 1.
  public init(perSecond: Double) { interval = .seconds(1 / max(perSecond, 1e-6)) }

  /// When the caller may go on; its turn is taken.
  public func reserve() -> ContinuousClock.Instant {
    next.withLock { next in
      let turn = max(next, .now)
      next = turn + interval
      return turn
    }
  }

  /// Waits for the caller's turn. False when `shouldStop` said so first.
  public func wait(unless shouldStop: () -> Bool = { false }) -> Bool { Pause.until(reserve(), unless: shouldStop) }
}
