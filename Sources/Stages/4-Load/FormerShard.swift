import ByteSlices
import GRDB
import Records
import Store

/// The messages that a shard held before it was replaced or removed, with their judgements.
struct FormerShard {
  private var judgements: [MessageID: [Judgement]] = [:]

  init(_ db: Database, _ shard: Int) throws {
    let rows = try BulkStatement(
      db,
      """
      SELECT m.id, e.category, lower(e.recipient), e.reason, e.rule
      FROM messages m LEFT JOIN events e ON e.key BETWEEN m.key << \(Schema.ordinalBits)
        AND (m.key << \(Schema.ordinalBits) | \(1 << Schema.ordinalBits - 1))
      WHERE m.key BETWEEN ? AND ? ORDER BY m.key, e.key
      """)
    let keys = Schema.messageKeys(shard: shard)
    rows.bind(0, keys.lowerBound)
    rows.bind(1, keys.upperBound)
    while try rows.step() {
      guard let id = MessageID(bytes: rows.bytes(0)) else { continue }
      let judgement = rows.text(1).map {
        Judgement(recipient: rows.text(2) ?? "", category: $0, reason: rows.text(3) ?? "", rule: rows.text(4) ?? "")
      }
      judgements[id, default: []] += judgement.map { [$0] } ?? []
    }
  }

  /// The messages that the shard has not been found to hold again.
  var ids: some Sequence<MessageID> { judgements.keys }

  /// The judgements of a message that the shard held and holds again.
  mutating func take(_ id: MessageID) -> [Judgement]? { judgements.removeValue(forKey: id) }
}
