import ByteSlices
import DatabaseSupport
import GRDB
import Records
import Store
import Testing

@testable import Load

/// Random histories of loading, re-judging and removing shards, held against the obvious: a fresh load of what is left,
/// and a model that walks the spool message by message.
@Suite struct LoadPropertyTests {
  @Test(arguments: 1...25 as ClosedRange<UInt64>) func anyHistoryEndsWhereAFreshLoadDoes(seed: UInt64) throws {
    let (bench, spool) = try history(seed, stableID: nil)
    let fresh = try Workbench()
    for (shard, mails) in spool.sorted(by: { $0.key < $1.key }) { try fresh.load(shard, mails) }
    #expect(try bench.dump() == fresh.dump())
    #expect(try bench.rows("PRAGMA foreign_key_check").isEmpty)
    #expect(try subscribers(bench) == model(spool))
  }

  /// The same where nearly all addresses share their stable number.
  @Test(arguments: 1...25 as ClosedRange<UInt64>) func twinsOfANumberStayApart(seed: UInt64) throws {
    let twins: (ByteSlice) -> Int = { $0.contains(0x2F) ? StableID.of($0) : StableID.of($0) % 3 + (Int.max - 2) }
    let (bench, spool) = try history(seed, stableID: twins)
    #expect(try bench.rows("PRAGMA foreign_key_check").isEmpty)
    #expect(try subscribers(bench) == model(spool))
  }

  private func history(
    _ seed: UInt64, stableID: ((ByteSlice) -> Int)?
  ) throws -> (bench: Workbench, spool: [Int: [Mail]]) {
    var random = Seeded(seed: seed)
    let bench = try Workbench(stableID: stableID)
    var spool: [Int: [Mail]] = [:]
    for _ in 0..<Int.random(in: 3...14, using: &random) {
      let shard = Int.random(in: 0..<5, using: &random)
      if spool[shard] != nil, Int.random(in: 0..<4, using: &random) == 0 {
        spool[shard] = nil
        try bench.stage.removeShards(notIn: Set(spool.keys))
      } else {
        let mails = (0..<Int.random(in: 0...9, using: &random)).map { _ in mail(&random) }
        spool[shard] = mails
        try bench.load(shard, mails)
      }
    }
    return (bench, spool)
  }

  private func mail(_ random: inout Seeded) -> Mail {
    let number = Int.random(in: 0..<12, using: &random)
    let isFile = Bool.random(using: &random)
    return Mail(
      name: "m\(number)", path: isFile ? "/box\(number % 2)/cur/\(number)" : "/\(number % 3).mbox",
      format: isFile ? .maildir : .mbox, time: number == 3 ? nil : Int.random(in: 0..<1000, using: &random),
      verdicts: (0..<Int.random(in: 0...3, using: &random)).map { _ in
        let name = "person\(Int.random(in: 0..<6, using: &random))"
        let recipient = Int.random(in: 0..<9, using: &random) == 0 ? "" : "\(name)@example.com"
        return .init(
          recipient: Bool.random(using: &random) ? recipient : recipient.replacingFirst(with: "P"),
          category: Category.allCases.randomElement(using: &random) ?? .userReply, reason: "r", rule: "rule")
      })
  }

  private func subscribers(_ bench: Workbench) throws -> [String] {
    try bench.rows(
      """
      SELECT s.address, s.address_key, s.first_seen, s.last_seen, s.events,
        (SELECT group_concat(e.key, ' ') FROM (SELECT key FROM events WHERE subscriber = s.id ORDER BY key) e) AS keys
      FROM subscribers s ORDER BY s.address_key
      """
    ).map { row in
      let (first, last): (Int?, Int?) = (row["first_seen"], row["last_seen"])
      return "\(row["address"] as String) \(row["address_key"] as String) \(first ?? -1) \(last ?? -1) "
        + "\(row["events"] as Int): \(row["keys"] as String? ?? "")"
    }
  }

  private func model(_ spool: [Int: [Mail]]) -> [String] {
    var held: Set<String> = []
    var people: [String: (address: String, times: [Int], keys: [Int])] = [:]
    for (shard, mails) in spool.sorted(by: { $0.key < $1.key }) {
      for (line, mail) in mails.enumerated() where held.insert(mail.name).inserted {
        for (ordinal, judged) in mail.verdicts.enumerated() {
          let isWriter = judged.recipient.isEmpty && !judged.category.namesReportedRecipient
          let address = isWriter ? mail.from : judged.recipient
          if address.isEmpty { continue }
          var person = people[address.lowercased()] ?? (address, [], [])
          person.times += mail.time.map { [$0] } ?? []
          person.keys.append((shard << 24 | line) << 20 | ordinal)
          people[address.lowercased()] = person
        }
      }
    }
    return people.sorted { $0.key < $1.key }.map { key, person in
      "\(person.address) \(key) \(person.times.min() ?? -1) \(person.times.max() ?? -1) \(person.keys.count): "
        + person.keys.map(String.init).joined(separator: " ")
    }
  }
}

extension String {
  fileprivate func replacingFirst(with letter: Character) -> String { isEmpty ? self : String(letter) + dropFirst() }
}
