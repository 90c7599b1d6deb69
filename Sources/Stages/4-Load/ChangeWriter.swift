import ByteSlices
import GRDB
import Records
import Store

/// Writes into `changes` what a replaced shard judges otherwise than before.
final class ChangeWriter {
  private let statement: BulkStatement
  private let id = IDBytes()

  init(_ db: Database, shard: Int, from: String, to: String) throws {
    statement = try BulkStatement(
      db,
      """
      INSERT INTO changes (from_key, to_key, shard, message, recipient, before_category, before_reason, before_rule,
        after_category, after_reason, after_rule) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    statement.bind(0, from)
    statement.bind(1, to)
    statement.bind(2, shard)
  }

  /// Writes the changes of one message; returns how many.
  func write(_ record: VerdictRecord, before: [Judgement]) throws -> Int {
    let after = record.verdicts.map {
      Judgement(
        recipient: String($0.subscriberAddress(in: record)).asciiLowercased, category: $0.category.rawValue,
        reason: String($0.reason), rule: String($0.rule))
    }
    if before == after { return 0 }
    let changes = Change.between(before, after)
    for change in changes {
      statement.bind(blob: id.of(record.id), 3)
      let recipient = change.after?.recipient ?? change.before?.recipient
      statement.bind(4, recipient == "" ? nil : recipient)
      bind(change.before, 5)
      bind(change.after, 8)
      try statement.run()
    }
    return changes.count
  }

  private func bind(_ judgement: Judgement?, _ index: Int) {
    statement.bind(index, judgement?.category)
    statement.bind(index + 1, judgement?.reason)
    statement.bind(index + 2, judgement?.rule)
  }
}

/// A recipient's judgement before and after.
struct Change: Equatable {
  var before: Judgement?
  var after: Judgement?

  /// Pairs two lists of judgements of one message by their recipients, and leaves out what is the same. In the order
  /// of `after`, then of what is left in `before`; linear in their lengths.
  static func between(_ before: [Judgement], _ after: [Judgement]) -> [Change] {
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
