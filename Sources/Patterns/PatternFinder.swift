import ByteSlices

/// One pattern, to see where it stands in a text: for explaining a match, not for finding it among a thousand.
public final class PatternFinder {
  private let pattern: ConfirmedPattern
  private let scratch: PatternScratch

  /// - Parameters:
  ///   - expression: in PCRE2's syntax, as for `PatternDatabase`.
  ///   - dotAll: whether `.` takes a line end.
  /// - Throws: when it does not compile, or there is no memory.
  public init(_ expression: String, dotAll: Bool) throws {
    do {
      pattern = try ConfirmedPattern(expression, dotAll: dotAll)
    } catch let refusal as ConfirmedPattern.Refusal {
      throw PatternDatabase.Refusal(failures: [(0, refusal.message)])
    }
    scratch = try PatternScratch()
  }

  /// The offsets of the first match at or after an offset.
  public func firstRange(in text: ByteSlice, from: Int = 0) -> Range<Int>? {
    guard from <= text.count else { return nil }
    return pattern.firstRange(in: text, from: from, scratch)
  }
}
