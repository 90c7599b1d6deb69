import ByteSlices
import GRDB
import Records
import Store

/// Writes messages and their events, or, for further occurrences, into the tables that keep those.
final class MessageWriter {
  private let messages: BulkStatement
  private let duplicates: BulkStatement
  private let events: BulkStatement
  private let duplicateEvents: BulkStatement
  private let id = IDBytes()
  private let names = Arena()
  private let categories: [Category: ByteSlice]
  private let provenances: [AddressProvenance: ByteSlice]

  init(_ db: Database) throws {
    func places(_ count: Int) -> String { Array(repeating: "?", count: count).joined(separator: ", ") }
    // Without a target: the index that finds twins is made at the end of a first load.
    messages = try BulkStatement(
      db, "INSERT INTO messages (\(Schema.messageColumns)) VALUES (\(places(12))) ON CONFLICT DO NOTHING")
    duplicates = try BulkStatement(db, "INSERT INTO duplicates (\(Schema.messageColumns)) VALUES (\(places(12)))")
    events = try BulkStatement(db, "INSERT INTO events (\(Schema.eventColumns), subscriber) VALUES (\(places(17)))")
    duplicateEvents = try BulkStatement(
      db, "INSERT INTO duplicate_events (\(Schema.eventColumns)) VALUES (\(places(16)))")
    let names = names
    categories = Dictionary(uniqueKeysWithValues: Category.allCases.map { ($0, names.copy($0.rawValue)) })
    provenances = Dictionary(uniqueKeysWithValues: AddressProvenance.allCases.map { ($0, names.copy($0.rawValue)) })
  }

  /// Writes the message; false when its id is there already.
  func insert(_ record: VerdictRecord, _ key: Int, _ place: SourceTally.Place) throws -> Bool {
    bind(record, key, place, to: messages)
    return try messages.run() == 1
  }

  /// Writes a further occurrence of a message, with its events.
  func insertDuplicate(
    _ record: VerdictRecord, _ verification: MessageVerification?, _ key: Int, _ place: SourceTally.Place,
    _ arena: Arena
  ) throws {
    bind(record, key, place, to: duplicates)
    try duplicates.run()
    for (ordinal, verdict) in record.verdicts.enumerated() {
      bind(verdict, record, key << Schema.ordinalBits | ordinal, to: duplicateEvents)
      bind(verification, ordinal, to: duplicateEvents)
      try duplicateEvents.run()
    }
  }

  /// Writes the events of a message; `subscriber` finds the number of an address.
  func insertEvents(
    of record: VerdictRecord, _ verification: MessageVerification?, _ key: Int, _ arena: Arena,
    subscriber: (SubscriberAddress) throws -> Int
  ) throws {
    for (ordinal, verdict) in record.verdicts.enumerated() {
      let recipient = bind(verdict, record, key << Schema.ordinalBits | ordinal, to: events)
      bind(verification, ordinal, to: events)
      if recipient.isEmpty {
        events.bindNull(16)
      } else {
        events.bind(16, try subscriber(SubscriberAddress(recipient, arena)))
      }
      try events.run()
    }
  }

  private func bind(_ record: VerdictRecord, _ key: Int, _ place: SourceTally.Place, to statement: BulkStatement) {
    statement.bind(0, key)
    statement.bind(blob: id.of(record.id), 1)
    statement.bind(2, place.source)
    statement.bind(path: place.file, 3)
    statement.bind(4, record.source.offset)
    statement.bind(5, record.source.length)
    statement.bind(6, record.time)
    statement.bind(7, categories[record.category] ?? .empty)
    statement.bind(8, record.from)
    statement.bind(9, record.to)
    statement.bind(10, record.subject)
    statement.bind(11, record.messageID)
  }

  private func bind(_ verification: MessageVerification?, _ ordinal: Int, to statement: BulkStatement) {
    guard let verification, let standing = verification.standings[ordinal] else {
      statement.bindNull(14)
      return statement.bindNull(15)
    }
    statement.bind(text: ByteSlice(standing.name), 14)
    statement.bind(15, standing.isVerified ? verification.campaign.map { Int($0) } : nil)
  }

  @discardableResult private func bind(
    _ verdict: Verdict, _ record: VerdictRecord, _ key: Int, to statement: BulkStatement
  ) -> ByteSlice {
    let recipient = verdict.subscriberAddress(in: record)
    statement.bind(0, key)
    statement.bind(1, recipient)
    statement.bind(2, categories[verdict.category] ?? .empty)
    statement.bind(text: verdict.reason, 3)
    statement.bind(4, verdict.hard ? 1 : 0)
    statement.bind(5, verdict.status)
    statement.bind(6, verdict.reply)
    statement.bind(7, verdict.diagnostic)
    statement.bind(text: verdict.rule, 8)
    statement.bind(9, verdict.field)
    statement.bind(10, verdict.foundIn.flatMap { provenances[$0] } ?? .empty)
    statement.bind(11, verdict.alias)
    statement.bind(12, verdict.newAddress)
    statement.bind(13, record.time)
    return recipient
  }
}
