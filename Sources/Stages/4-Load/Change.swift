import ByteSlices
import Records
import Store

/// What a verdict decided, for comparing it with a later one.
public struct Judgement: Hashable, Sendable {
  /// In lower case; empty when the message names nobody.
  public var recipient: String
  /// The category's name, as in the spool.
  public var category: String
  public var reason: String
  /// The id of the rule that decided.
  public var rule: String

  public init(recipient: String, category: String, reason: String, rule: String) {
    self.recipient = recipient
    self.category = category
    self.reason = reason
    self.rule = rule
  }

  /// The judgements of a verdict record, one for each verdict, in their order.
  public static func all(of record: VerdictRecord) -> [Judgement] {
    record.verdicts.map {
      Judgement(
        recipient: String($0.subscriberAddress(in: record)).asciiLowercased, category: $0.category.rawValue,
        reason: String($0.reason), rule: String($0.rule))
    }
  }
}

/// A recipient's judgement before and after.
public struct Change: Equatable, Sendable {
  /// nil: the recipient is new.
  public var before: Judgement?
  /// nil: the recipient is gone.
  public var after: Judgement?

  public init(before: Judgement?, after: Judgement?) {
    self.before = before
    self.after = after
  }

  /// Pairs two lists of judgements of one message by their recipients, and leaves out what is the same. In the order
  /// of `after`, then of what is left in `before`; linear in their lengths.
  public static func between(_ before: [Judgement], _ after: [Judgement]) -> [Change] {
    var same: [Judgement: Int] = [:]
    for judgement in before { same[judgement, default: 0] += 1 }
    let changed = after.filter { judgement in
      guard let count = same[judgement], count > 0 else { return true }
      same[judgement] = count - 1
      return false
    }
    // What `same` still counts is what `after` lacks; the last ones of equal judgements are as good as the first.
    let left = before.filter { judgement in
      guard let count = same[judgement], count > 0 else { return false }
      same[judgement] = count - 1
      return true
    }
    var waiting: [String: [Int]] = [:]
    for (index, judgement) in left.enumerated().reversed() { waiting[judgement.recipient, default: []].append(index) }
    var paired = Set<Int>()
    var changes: [Change] = []
    for judgement in changed {
      let index = waiting[judgement.recipient]?.popLast()
      if let index { paired.insert(index) }
      changes.append(Change(before: index.map { left[$0] }, after: judgement))
    }
    for (index, judgement) in left.enumerated() where !paired.contains(index) {
      changes.append(Change(before: judgement, after: nil))
    }
    return changes
  }
}
