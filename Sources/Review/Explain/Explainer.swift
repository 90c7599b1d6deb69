import ByteSlices
import Classify
import Pipeline
import Records

/// Explains verdicts.
public final class Explainer {
  private let examiner: Examiner
  private let configuration: Configuration?
  private let archive: WorkspaceArchive?

  /// - Parameters:
  ///   - configuration: for the site's rules, the policy and the routes; the defaults without one.
  ///   - archive: the workspace to tell from how an address stands now, if there is one.
  /// - Throws: when the rules are invalid.
  public init(configuration: Configuration?, archive: WorkspaceArchive?) throws {
    examiner = try Examiner(configuration: configuration)
    self.configuration = configuration
    self.archive = archive
  }

  /// Explains each message of a file or folder, in order.
  public func explain(file: String, _ body: (Explanation) throws -> Void) throws {
    try examiner.forEachMessage(in: file) { record, _ in try body(try explain(record)) }
  }

  /// Explains the message of the workspace whose id begins so. Judged anew, by the rules as they are now.
  ///
  /// - Throws: `ReviewError` when there is none, or more than one.
  public func explain(id prefix: String) throws -> Explanation {
    guard let archive else { throw ReviewError("\(prefix): an id needs a workspace; name it by --workspace") }
    return try archive.evidence(id: prefix) { try explain($0) }
  }

  /// Explains the verdicts on a message.
  func explain(_ record: ParseRecord) throws -> Explanation {
    let verdicts = examiner.judge.judge(record, arena: examiner.arena).verdicts
    let recorded = try archive?.verdicts(of: record.id) ?? []
    var hearings = examiner.judge.hear(record).map(Optional.some)
    var explanation = Explanation(message: Explanation.Message(record), verdicts: [], setAside: [])
    for verdict in verdicts {
      // Several recipients may have had the same verdict, of which one counts; and a person's verdict is no recipient's.
      let place =
        hearings.firstIndex { hears($0, verdict, record, byAddress: true) }
        ?? hearings.firstIndex { hears($0, verdict, record, byAddress: false) }
      guard let place, let hearing = hearings[place] else { continue }
      hearings[place] = nil
      explanation.verdicts.append(try account(of: verdict, hearing, recorded))
    }
    for hearing in hearings.compactMap({ $0 }) {
      if let aside = aside(hearing, record, explanation.verdicts) { explanation.setAside.append(aside) }
    }
    return explanation
  }

  private func hears(_ hearing: Hearing?, _ verdict: Verdict, _ record: ParseRecord, byAddress: Bool) -> Bool {
    guard let hearing, let winner = hearing.winner else { return false }
    guard verdict.rule.equals(caseless: examiner.rules.rules[winner.rule].id.asSlice(examiner.arena)) else {
      return false
    }
    guard byAddress else { return true }
    return hearing.recipient.map { record.recipients[$0].address.equals(caseless: verdict.recipient) }
      ?? verdict.recipient.isEmpty
  }

  private func account(
    of verdict: Verdict, _ hearing: Hearing, _ recorded: [WorkspaceArchive.Recorded]
  ) throws -> Explanation.Account {
    let winner = hearing.winner
    let rule = winner.map { examiner.rules.rules[$0.rule] }
    let losers = hearing.trials.filter { $0.rule != winner?.rule }.map { trial in
      let other = examiner.rules.rules[trial.rule]
      return Explanation.Loser(
        rule: .init(other), cause: trial.holds ? .later : .vetoed,
        isLowerLayer: other.layer.rank > (rule?.layer.rank ?? 0),
        evidence: evidence(trial.sights, hearing), vetoes: evidence(trial.vetoes, hearing))
    }
    var outlook = Outlook(verdict, configuration)
    let address = verdict.recipient.textOrNil
    outlook.standing = try address.flatMap { try archive?.standing(of: $0) }
    let name = "\(verdict.category.rawValue)/\(verdict.reason)"
    let old =
      recorded.first { $0.recipient?.lowercased() == address?.lowercased() }
      ?? recorded.first { address != nil && $0.alias?.lowercased() == address?.lowercased() }
    var differs: String?
    if let old, old.verdict != name || old.rule != String(verdict.rule) { differs = "\(old.verdict) by \(old.rule)" }
    return Explanation.Account(
      recipient: address, category: verdict.category.rawValue, reason: String(verdict.reason), hard: verdict.hard,
      status: verdict.status.textOrNil, reply: verdict.reply.textOrNil, diagnostic: verdict.diagnostic.textOrNil,
      newAddress: verdict.newAddress.textOrNil, foundIn: verdict.foundIn?.rawValue, alias: verdict.alias.textOrNil,
      rule: rule.map(Explanation.RuleReference.init) ?? .unknown, byText: hearing.byText,
      evidence: winner.map { evidence($0.sights, hearing) } ?? [], losers: losers, outlook: outlook,
      verification: old?.verification,
      vouchedFor: old?.recipient == address ? nil : old?.recipient, recorded: differs)
  }

  private func evidence(_ sights: [Sight], _ hearing: Hearing) -> [Explanation.Evidence] {
    var list: [(exhibit: Int, evidence: Explanation.Evidence)] = []
    for sight in sights {
      let exhibit = hearing.exhibits[sight.exhibit]
      let words = sight.range.map { String(decoding: Array(exhibit.text.utf8)[$0], as: UTF8.self) } ?? exhibit.text
      let mark = Explanation.Mark(
        pattern: sight.pattern.text, line: sight.pattern.line, start: sight.range?.lowerBound,
        end: sight.range?.upperBound, words: words)
      if let place = list.firstIndex(where: { $0.exhibit == sight.exhibit }) {
        list[place].evidence.marks.append(mark)
      } else {
        list.append((sight.exhibit, .init(field: exhibit.field, text: exhibit.text, marks: [mark])))
      }
    }
    return list.map(\.evidence)
  }

  private func aside(
    _ hearing: Hearing, _ record: ParseRecord, _ verdicts: [Explanation.Account]
  ) -> Explanation.SetAside? {
    guard let winner = hearing.winner else { return nil }
    let rule = examiner.rules.rules[winner.rule]
    let address = hearing.recipient.flatMap { record.recipients[$0].address.textOrNil }
    let again = verdicts.contains { $0.recipient?.lowercased() == address?.lowercased() }
    return .init(
      recipient: address, category: rule.category.rawValue, reason: rule.reason, rule: rule.id,
      why: again ? "the address has a verdict that is as grave or graver" : "the message has one writer, who is judged")
  }
}

extension ByteSlice {
  fileprivate var textOrNil: String? { isEmpty ? nil : String(self) }
}

extension String {
  fileprivate func asSlice(_ arena: Arena) -> ByteSlice { arena.copy(self) }
}

extension Explanation.RuleReference {
  init(_ rule: Rule) {
    self.init(
      id: rule.id, category: rule.category.rawValue, reason: rule.reason, layer: rule.layer.rawValue, file: rule.path,
      line: rule.line, why: rule.why)
  }

  /// For rule sets that no rule of holds: the engine takes their last.
  static let unknown = Self(id: "", category: "", reason: "", layer: "", file: "", line: 0, why: "")
}

extension Explanation.Message {
  init(_ record: ParseRecord) {
    self.init(
      id: record.id.hex, path: String(record.source.path), offset: record.source.offset, time: record.time,
      kind: record.kind.rawValue, dialect: record.dialect.textOrNil, from: record.from.textOrNil,
      to: record.to.textOrNil, envelopeSender: record.envelopeSender.textOrNil, subject: record.subject.textOrNil,
      flags: record.flags.map { String($0) })
  }
}
