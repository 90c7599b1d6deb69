import DatabaseSupport
import Testing

@testable import Act

@Suite struct StandingTests {
  private static let day = 86400

  private func failures(_ days: [Int], of count: Int, in window: Int) -> Standing {
    var events = days.enumerated().map { index, day in
      Standing.Event(key: index, time: day * 86400 + index, entry: 0, suppression: .after(count, days: window))
    }
    return Standing.of(&events)
  }

  @Test func countsOneFailureADay() {
    #expect(failures([1, 1, 1, 1, 1], of: 5, in: 30).state == .active)
    #expect(failures([1, 2, 3, 4, 4, 5], of: 5, in: 30).event?.key == 5)
  }

  @Test func countsConsecutiveDays() {
    #expect(failures([1, 30], of: 2, in: 30).state == .suppressed)
    #expect(failures([1, 31], of: 2, in: 30).state == .active)
    #expect(failures([-40, -1, 0], of: 2, in: 2).event?.key == 2)
    #expect(failures([1, 11, 21, 31, 41, 42], of: 3, in: 12).state == .suppressed)
    #expect(failures([1, 11, 21, 31, 41, 51], of: 3, in: 12).state == .active)
  }

  @Test func entriesAreCountedApart() {
    var events = (0..<4).map {
      Standing.Event(key: $0, time: $0 * Self.day, entry: $0 % 2, suppression: .after(3, days: 30))
    }
    #expect(Standing.of(&events).state == .active)
  }

  @Test func theEarliestEventDecides() {
    var events = [
      Standing.Event(key: 1, time: nil, entry: 0, suppression: .atOnce),
      Standing.Event(key: 2, time: 900, entry: 0, suppression: .atOnce),
      Standing.Event(key: 3, time: 500, entry: 0, suppression: .atOnce),
    ]
    #expect(Standing.of(&events).event?.key == 3)
    events.removeAll { $0.time != nil }
    #expect(Standing.of(&events).event?.key == 1)
  }

  @Test func theLatestRedirectGivesTheAddress() {
    var events = [
      Standing.Event(key: 1, time: 500, entry: 0, suppression: .never, isRedirect: true),
      Standing.Event(key: 2, time: nil, entry: 0, suppression: .never, isRedirect: true),
      Standing.Event(key: 3, time: 100, entry: 0, suppression: .never, isRedirect: true),
    ]
    #expect(Standing.of(&events).state == .moved)
    #expect(Standing.of(&events).event?.key == 1)
    events.append(Standing.Event(key: 4, time: 300, entry: 1, suppression: .atOnce))
    let standing = Standing.of(&events)
    #expect(standing.state == .suppressed)
    #expect(standing.event?.key == 4)
    #expect(standing.redirect?.key == 1)
  }

  /// Random events against the definition, tried out on every event and every day.
  @Test(arguments: 1...400 as ClosedRange<UInt64>) func isWhatTheDefinitionSays(seed: UInt64) {
    var random = Seeded(seed: seed)
    let suppressions: [Suppression] = [
      .never, .after(2, days: 3), .after(3, days: 10), seed % 4 == 0 ? .atOnce : .after(4, days: 4),
    ]
    var events = (0..<Int.random(in: 0...14, using: &random)).map { key in
      let entry = Int.random(in: 0..<4, using: &random)
      return Standing.Event(
        key: key,
        time: Int.random(in: 0..<8, using: &random) == 0 ? nil : Int.random(in: -500_000...900_000, using: &random),
        entry: entry, suppression: suppressions[entry])
    }
    let expected = events.filter { triggers($0, events) }.min { Standing.Event.precedes($0, $1) }
    let standing = Standing.of(&events)
    #expect(standing.event?.key == expected?.key)
    #expect(standing.state == (expected == nil ? .active : .suppressed))
  }

  private func triggers(_ event: Standing.Event, _ all: [Standing.Event]) -> Bool {
    guard case .after(let count, let days, _, _) = event.suppression else { return event.suppression == .atOnce }
    guard let time = event.time else { return false }
    let today = Int((Double(time) / 86400).rounded(.down))
    let failed = (0..<days).filter { back in
      all.contains { other in
        guard other.entry == event.entry, let time = other.time else { return false }
        return Int((Double(time) / 86400).rounded(.down)) == today - back
      }
    }
    return failed.count >= count
  }
}
