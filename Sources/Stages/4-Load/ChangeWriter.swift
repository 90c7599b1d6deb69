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
    let after = Judgement.all(of: record)
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
