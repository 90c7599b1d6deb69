import Foundation

/// Waiting that can be broken off.
public enum Pause {
  /// Sleeps until an instant, looking up ten times a second. False when `shouldStop` said so first.
  public static func until(_ instant: ContinuousClock.Instant, unless shouldStop: () -> Bool = { false }) -> Bool {
    while true {
      if shouldStop() { return false }
      let left = ContinuousClock.now.duration(to: instant)
      if left <= .zero { return true }
      let seconds = Double(left.components.seconds) + Double(left.components.attoseconds) / 1e18
      Thread.sleep(forTimeInterval: min(seconds, 0.1))
    }
  }
}
