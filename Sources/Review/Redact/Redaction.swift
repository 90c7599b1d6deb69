import ByteSlices
import Classify
import Foundation
import Mail
import Parse
import Pipeline
import Records

/// A message without the names of people and machines that is judged as the real one is: fit for a bug report.
///
/// How much can go is found out by trying: all hosts get other names first; where the verdict hangs on them, those
/// that rules and dialects know (a provider's, not a person's) keep theirs; then the text of the mail that came back
/// stays, and the fields that tell its way.
public struct Redaction: Sendable {
  /// The new message, with LF line ends.
  public let message: [UInt8]
  /// The verdicts, the same for both.
  public let verdicts: [String]
  public let addresses: Int
  public let hosts: Int
  /// What had to stay, in words.
  public let kept: [String]

  /// - Parameter number: which message of the file, from 1; nil where there is only one.
  /// - Throws: `ReviewError` when the file holds several messages, or no way of redacting keeps the verdict.
  public init(file: String, number: Int?, configuration: Configuration?) throws {
    let examiner = try Examiner(configuration: configuration)
    var found: [UInt8]?
    var count = 0
    try examiner.forEachMessage(in: file) { _, bytes in
      count += 1
      if count == number ?? 1 { found = Array(bytes) }
    }
    guard number != nil || count == 1 else {
      throw ReviewError("\(file): holds \(count) messages; say which one by --message NUMBER")
    }
    guard let found else { throw ReviewError("\(file): holds \(count) messages, so there is no number \(number ?? 1)") }
    try self.init(found, name: file, examiner: examiner)
  }

  init(_ original: [UInt8], name: String, examiner: Examiner) throws {
    let before = original.withByteSlice { Judgement($0, examiner) }
    let known = Redaction.knownDomains(examiner.rules)
    let attempts: [(MessageRedactor.Thoroughness, [String])] = [
      (.init(spared: [], dropsNoise: true, dropsOriginal: true), []),
      (.init(spared: known, dropsNoise: true, dropsOriginal: true), ["hosts that rules know"]),
      (
        .init(spared: known, dropsNoise: true, dropsOriginal: false),
        ["hosts that rules know", "the text of the mail that came back"]
      ),
      (
        .init(spared: known, dropsNoise: false, dropsOriginal: false),
        ["hosts that rules know", "the text of the mail that came back", "the fields that tell its way"]
      ),
    ]
    var differences: [String] = []
    for (thoroughness, kept) in attempts {
      let attempt = original.withByteSlice { bytes -> (message: [UInt8], pseudonyms: Pseudonyms) in
        var redactor = MessageRedactor(bytes, thoroughness)
        let message = redactor.redact(bytes)
        return (message, redactor.pseudonyms)
      }
      let after = attempt.message.withByteSlice { Judgement($0, examiner) }
      var names = attempt.pseudonyms
      if let difference = before.difference(from: after, &names) {
        differences.append(difference)
        continue
      }
      message = attempt.message
      verdicts = after.words
      addresses = attempt.pseudonyms.counts.addresses.count
      hosts = attempt.pseudonyms.counts.hosts.count
      self.kept = kept
      return
    }
    throw ReviewError(
      "\(name): no way of redacting keeps the verdict \(before.words.joined(separator: ", ")): "
        + "\(differences.last ?? "unknown"); redact it by hand, and compare: returnmill inspect -- FILE")
  }

  /// Domains that the rules and dialects of the product name: those of providers, not of people.
  private static func knownDomains(_ rules: RuleSet) -> Set<String> {
    var domains: Set<String> = []
    func read(_ text: String) {
      let words = text.replacingOccurrences(of: "\\", with: "").split { character in
        !(character.isASCII && (character.isLetter || character.isNumber || character == "." || character == "-"))
      }
      for word in words {
        let name = word.drop { $0 == "." || $0 == "-" }
        if HostName.isHost(name) { domains.insert(HostName.registered(String(name))) }
      }
    }
    for rule in rules.rules where rule.layer != .site {
      for condition in rule.match + rule.any.flatMap({ $0 }) + rule.unless {
        for pattern in condition.patterns { read(pattern.text) }
      }
    }
    for file in DialectSet.bundledFiles { read(String(file.bytes)) }
    return domains
  }
}

/// What a message is judged, as far as a redacted one must be judged alike.
private struct Judgement {
  private struct Line {
    var verdict: String
    var recipient: String
    var rest: [String]
  }

  private var lines: [Line] = []

  init(_ message: ByteSlice, _ examiner: Examiner) {
    let record = examiner.evidence(message)
    for verdict in examiner.judge.judge(record, arena: examiner.arena).verdicts {
      lines.append(
        Line(
          verdict: "\(verdict.category.rawValue)/\(verdict.reason) by \(verdict.rule)",
          recipient: String(verdict.recipient),
          rest: [
            String(verdict.field), String(verdict.status), String(verdict.reply), verdict.foundIn?.rawValue ?? "",
          ]))
    }
  }

  var words: [String] { lines.map(\.verdict) }

  /// What is not alike, in words; nil when nothing.
  func difference(from other: Judgement, _ names: inout Pseudonyms) -> String? {
    guard lines.count == other.lines.count else {
      return "it speaks of \(other.lines.count) recipients then, not of \(lines.count)"
    }
    for (own, new) in zip(lines, other.lines) {
      if own.verdict != new.verdict { return "\(own.verdict) becomes \(new.verdict)" }
      if own.rest != new.rest {
        return "\(own.verdict) is found by other evidence (\(new.rest.joined(separator: " ")))"
      }
      if names.redact(own.recipient).lowercased() != new.recipient.lowercased() {
        return "\(own.verdict) names another recipient (\(new.recipient))"
      }
    }
    return nil
  }
}
