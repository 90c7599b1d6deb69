import ByteSlices
import Records

/// Puts the rulings on a message together: whose address each names, and what becomes of repeats.
final class VerdictBuilder {
  private let record: ParseRecord
  private let rules: RuleSet
  private let arena: Arena
  private var result: VerdictRecord
  private var person: Verdict?
  /// Where each recipient's verdict stands, once there are many; addresses in lower case.
  private var places: [ByteSlice: Int] = [:]
  /// The addresses in the words that may be somebody's new one: neither ours nor a recipient's. Found when first asked
  /// for.
  private var newAddresses: [ByteSlice]?

  init(_ record: ParseRecord, _ rules: RuleSet, _ arena: Arena) {
    self.record = record
    self.rules = rules
    self.arena = arena
    result = VerdictRecord(id: record.id, source: record.source)
    result.time = record.time
    result.from = record.from
    result.to = record.to
    result.subject = record.subject
    result.messageID = record.original.flatMap { $0.messageID.isEmpty ? nil : $0.messageID } ?? record.messageID
    result.originalHeaders = record.original?.headers ?? []
    result.tokens = record.tokens
    result.received = record.received
  }

  /// - Parameter index: which of the record's recipients; nil when it has none.
  func add(_ index: Int?, _ ruling: Judge.Ruling) {
    let alternative = rules.alternatives[Int(ruling.alternative)]
    let number = Int(alternative.rule)
    let category = alternative.category
    var verdict = Verdict()
    verdict.category = category
    verdict.reason = rules.names.reason(number)
    verdict.hard = category == .hardBounce || category == .redirect
    verdict.rule = rules.names.id(number)
    verdict.field = rules.field(of: ruling)
    if speaksOfPerson(verdict) {
      name(personOf: &verdict)
      // The message has one writer, whatever recipients were read into it.
      if person.map({ verdict.category < $0.category }) ?? true { person = verdict }
      return
    }
    if let index {
      let recipient = record.recipients[index]
      verdict.recipient = address(recipient.address)
      verdict.foundIn = recipient.address.isEmpty ? nil : recipient.foundIn
      verdict.alias = recipient.alias
      verdict.status = recipient.status
      verdict.reply = recipient.reply
      verdict.diagnostic = recipient.diagnostic
    }
    if verdict.category == .redirect { verdict.newAddress = newAddress(for: verdict.recipient) }
    merge(verdict)
  }

  func finish() -> VerdictRecord {
    if let person { result.verdicts = [person] }
    return result
  }

  private func speaksOfPerson(_ verdict: Verdict) -> Bool {
    switch verdict.category {
    case .autoReply, .subscribeRequest, .unsubscribeRequest, .userReply: true
    case .redirect: record.kind == .plain || record.recipients.isEmpty && record.kind != .dsn
    // Who challenges is whom the mail was for.
    case .mailBlock: verdict.reason == "challenge" && record.recipients.isEmpty
    case .deliveryStatus: verdict.reason == "read" || verdict.reason == "deleted_unread"
    default: false
    }
  }

  private func name(personOf verdict: inout Verdict) {
    let from = record.from.isEmpty && record.envelopeSender != "<>" ? record.envelopeSender : record.from
    verdict.recipient = address(from)
    verdict.foundIn = from.isEmpty ? nil : .from
    if verdict.category == .redirect { verdict.newAddress = newAddress(for: verdict.recipient) }
  }

  /// The same recipient twice in one report counts once, with the gravest verdict.
  private func merge(_ verdict: Verdict) {
    if let known = place(of: verdict.recipient) {
      if verdict.category < result.verdicts[known].category { result.verdicts[known] = verdict }
      return
    }
    result.verdicts.append(verdict)
    let count = result.verdicts.count
    if count == 9 {
      for (at, other) in result.verdicts.enumerated() { places[arena.lowercasedASCII(other.recipient)] = at }
    } else if count > 9 {
      places[arena.lowercasedASCII(verdict.recipient)] = count - 1
    }
  }

  private func place(of recipient: ByteSlice) -> Int? {
    if result.verdicts.count > 8 { return places[arena.lowercasedASCII(recipient)] }
    return result.verdicts.firstIndex { $0.recipient.equals(caseless: recipient) }
  }

  /// The first address in the words that is neither the old one nor ours.
  private func newAddress(for old: ByteSlice) -> ByteSlice {
    let candidates =
      newAddresses
      ?? record.mentioned.filter { candidate in
        !candidate.equals(caseless: record.to) && !candidate.equals(caseless: record.from)
          && !(record.original?.from.equals(caseless: candidate) ?? false)
          && !record.recipients.contains { $0.address.equals(caseless: candidate) }
      }
    newAddresses = candidates
    return candidates.first { !$0.equals(caseless: old) }.map(address) ?? .empty
  }

  /// The domain in lower case, the local part as written.
  private func address(_ address: ByteSlice) -> ByteSlice {
    guard let at = address.lastIndex(of: 0x40) else { return address }
    let domain = address.dropFirst(at)
    if !domain.contains(where: { $0.isASCIIUppercase }) { return address }
    let copy = arena.allocate(address.count)
    for i in 0..<address.count { copy[i] = i < at ? address[i] : address[i].asciiLowercased }
    return ByteSlice(base: copy, count: address.count)
  }
}
