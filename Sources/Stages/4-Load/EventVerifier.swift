import ByteSlices
import GRDB
import Records
import ReturnPath
import Store

/// What the tokens of a message say of its verdicts.
struct MessageVerification {
  enum Standing {
    /// By a token.
    case verified
    /// The person it is about wrote it, as far as From can tell.
    case sender
    /// Its category needs a token, and there is none.
    case missing
    case forged
    case expired
    /// The token is good, and of somebody else: the report names other recipients, or the roster has the subscriber not
    /// at all, or with another address by now.
    case other

    var name: StaticString {
      switch self {
      case .verified: "verified"
      case .sender: "verified:sender"
      case .missing: "unverified:missing"
      case .forged: "unverified:forged"
      case .expired: "unverified:expired"
      case .other: "unverified:other"
      }
    }

    var isVerified: Bool { self == .verified }
  }

  /// One for each verdict; nil where nothing depends on it.
  var standings: [Standing?]
  /// The campaign of the token.
  var campaign: UInt32?
}

/// Says of every event whether it is about the subscriber to whom we wrote: anybody can mail a bounce to a return
/// address.
///
/// A good token names the subscriber, whatever address the report has: that of the mailbox to which the mail was
/// forwarded, or none. So a holder of a token can speak for himself only.
///
/// - A report (a bounce, a complaint) needs a token made for a return path: in the address that it came to, or in the
///   header of the returned original. A complaint may have the one to unsubscribe with, too.
/// - A person's request needs a token in the address that it was sent to, of either purpose; or comes from the
///   subscriber's own address, and no token says otherwise. Tokens in a quoted original don't count, as mail is passed
///   on: who got it from a friend must not unsubscribe the friend.
final class EventVerifier {
  private let keyring: Keyring
  private let roster: BulkStatement

  init(_ db: Database, _ keyring: Keyring) throws {
    self.keyring = keyring
    roster = try BulkStatement(db, "SELECT address, address_key FROM roster WHERE id = ?")
  }

  /// Verifies the verdicts of a message, and gives those that a token vouches for the subscriber's address; what the
  /// report called the recipient is then its alias.
  func verify(_ record: inout VerdictRecord, _ arena: Arena) throws -> MessageVerification {
    var verification = MessageVerification(standings: [])
    for verdict in record.verdicts {
      verification.standings.append(EventVerifier.needsToken(verdict.category) ? .missing : nil)
    }
    let isReport = record.verdicts.contains { $0.foundIn != .from && $0.category.namesReportedRecipient }
    let isComplaint = record.verdicts.contains { $0.category == .feedbackLoop }
    let time = record.received ?? record.time
    var best: MessageVerification.Standing?
    for (name, text) in record.tokens {
      if !isReport, name != "to" { continue }
      guard let token = keyring.verify(text) else {
        if best == nil { best = .forged }
        continue
      }
      // A token in a link to unsubscribe says nothing of a bounce.
      if isReport, !isComplaint, token.purpose != .returnPath { continue }
      guard let time, token.validity.contains(time) else {
        best = .expired
        continue
      }
      guard let address = try address(of: token, arena), apply(address, to: &record, isReport, arena) else {
        best = .other
        continue
      }
      verification.campaign = token.campaign
      for at in verification.standings.indices {
        let verdict = record.verdicts[at]
        verification.standings[at] = verdict.recipient.equals(caseless: address) ? .verified : .other
      }
      return verification
    }
    for (at, verdict) in record.verdicts.enumerated() {
      // Who wrote speaks for himself; but not by a token that was tampered with.
      let isOwn = verdict.foundIn == .from && !verdict.recipient.isEmpty && (best == nil || best == .expired)
      if isOwn {
        if verification.standings[at] != nil { verification.standings[at] = .sender }
      } else if let best {
        verification.standings[at] = best
      }
    }
    return verification
  }

  /// Categories by which an address may be suppressed or changed.
  private static func needsToken(_ category: Category) -> Bool {
    switch category {
    case .hardBounce, .softBounce, .unsubscribeRequest, .feedbackLoop, .redirect: true
    default: false
    }
  }

  /// The address of a token's subscriber, if the roster still has it.
  private func address(of token: ReturnToken, _ arena: Arena) throws -> ByteSlice? {
    roster.bind(0, token.subscriber)
    guard try roster.step() else { return nil }
    defer { roster.reset() }
    guard UInt16(truncatingIfNeeded: StableID.of(roster.bytes(1))) == token.addressMark else { return nil }
    return arena.copy(roster.bytes(0))
  }

  /// Gives verdicts the subscriber's address. False when the report speaks of several recipients, and of none by that
  /// address.
  private func apply(_ address: ByteSlice, to record: inout VerdictRecord, _ isReport: Bool, _ arena: Arena) -> Bool {
    if let own = record.verdicts.firstIndex(where: { $0.recipient.equals(caseless: address) }) {
      record.verdicts[own].recipient = address
      return true
    }
    let aliased = record.verdicts.firstIndex { $0.alias.equals(caseless: address) }
    guard let at = aliased ?? (record.verdicts.count == 1 ? 0 : nil) else { return false }
    let reported = record.verdicts[at].subscriberAddress(in: record)
    record.verdicts[at].recipient = address
    if !reported.isEmpty { record.verdicts[at].alias = reported }
    return true
  }
}
