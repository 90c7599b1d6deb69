import Foundation
import Records

/// How verdicts compare with labels: the figures, and what was wrong.
public struct Score: Sendable {
  /// A verdict as far as it is compared.
  struct Judged: Sendable {
    var recipient: String
    var category: String
    var reason: String
    var status: String
    var rule: String
  }

  /// So many of so many.
  struct Share: Sendable, Codable {
    var right = 0
    var of = 0

    mutating func count(_ isRight: Bool) {
      of += 1
      if isRight { right += 1 }
    }

    /// In percent, to two decimals; nil of nothing.
    var percent: Double? { of == 0 ? nil : Score.rounded(100 * Double(right) / Double(of)) }
  }

  /// Something that was not as the labels say.
  struct Miss: Sendable, Codable {
    var path: String
    var line: Int
    var wanted: String
    var got: String
  }

  private(set) var messages = 0
  private(set) var withoutVerdict = 0
  private(set) var category = Share()
  private(set) var byCategory: [String: Share] = [:]
  private(set) var reason = Share()
  /// By `category/reason` as wanted, where the category was right.
  private(set) var byReason: [String: Share] = [:]
  private(set) var recall = Share()
  private(set) var precision = Share()
  private(set) var status = Share()
  /// Rows that must not suppress, and how many would.
  private(set) var harm = Share()
  /// Wanted, got, how often: right ones too.
  private(set) var confusion: [String: [String: Int]] = [:]
  private(set) var misses: [Miss] = []

  /// Verdicts of these suppress at once by default.
  private static let suppressing: Set<String> = ["hard_bounce", "unsubscribe_request", "feedback_loop"]

  /// Python's round: to two decimals, exact ties to even.
  static func rounded(_ value: Double) -> Double { Double(String(format: "%.2f", value)) ?? value }

  /// The mean over the categories that labels name.
  var macro: Double {
    let shares = byCategory.filter { $0.key != "*" && $0.key != "!" }.sorted { $0.key < $1.key }.map(\.value)
    let sum = shares.reduce(0.0) { $0 + 100 * Double($1.right) / Double($1.of) }
    return Score.rounded(sum / Double(max(1, shares.count)))
  }

  /// Compares a message's verdicts with its rows.
  ///
  /// - Parameters:
  ///   - verdicts: nil when the message was not found.
  ///   - gravest: the message's own category.
  mutating func add(_ message: Labels.Labelled, _ verdicts: [Judged]?, gravest: String) {
    messages += 1
    var found: [Miss] = []
    func miss(_ wanted: String, _ got: String, _ line: Int) {
      found.append(Miss(path: message.path, line: line, wanted: wanted, got: got))
    }
    let first = message.rows.first?.line ?? 0
    if verdicts == nil {
      withoutVerdict += 1
      miss("a verdict", "none", first)
    }
    let verdicts = verdicts ?? []
    var byAddress: [String: Judged] = [:]
    for verdict in verdicts { byAddress[verdict.recipient.lowercased()] = verdict }
    compareRecipients(message, Set(byAddress.keys).subtracting([""]), miss)
    for row in message.rows {
      let named = row.recipients.first { byAddress[$0] != nil }.flatMap { byAddress[$0] }
      let stands = verdicts.count == 1 || row.recipients.isEmpty
      compare(row, named ?? (stands ? verdicts.first : nil), gravest, miss)
    }
    misses += found
  }

  private mutating func compareRecipients(
    _ message: Labels.Labelled, _ got: Set<String>, _ miss: (String, String, Int) -> Void
  ) {
    let wanted = message.rows.map(\.recipients).filter { !$0.isEmpty }
    guard !wanted.isEmpty else { return }
    let found = wanted.filter { !got.isDisjoint(with: $0) }.count
    let extra = got.subtracting(wanted.flatMap { $0 })
    recall.of += wanted.count
    recall.right += found
    precision.of += got.count
    precision.right += got.count - extra.count
    if found < wanted.count || !extra.isEmpty {
      let names = wanted.map { $0.joined(separator: "|") }.joined(separator: ", ")
      let first = message.rows.first?.line ?? 0
      miss("recipients \(names)", got.isEmpty ? "none" : got.sorted().joined(separator: ", "), first)
    }
  }

  private mutating func compare(
    _ row: Labels.Row, _ verdict: Judged?, _ gravest: String, _ miss: (String, String, Int) -> Void
  ) {
    let got = verdict?.category ?? gravest
    let isRight = row.accepts(got)
    let by = verdict.map { "\($0.category)/\($0.reason) by \($0.rule)" } ?? (got.isEmpty ? "nothing" : got)
    category.count(isRight)
    byCategory[row.category, default: Share()].count(isRight)
    confusion[row.category, default: [:]][got, default: 0] += 1
    if !isRight { miss("\(row.category)/\(row.reasons.joined(separator: "|"))", by, row.line) }
    if !Score.suppressing.contains(row.category), !["*", "!"].contains(row.category),
      row.accept.isDisjoint(with: Score.suppressing)
    {
      harm.count(Score.suppressing.contains(got))
    }
    if !row.reasons.isEmpty, got == row.category {
      let isRight = verdict.map { row.reasons.contains($0.reason) } ?? false
      reason.count(isRight)
      byReason["\(row.category)/\(row.reasons.joined(separator: "|"))", default: Share()].count(isRight)
      if !isRight { miss("\(row.category)/\(row.reasons.joined(separator: "|"))", by, row.line) }
    }
    if !row.status.isEmpty, let verdict {
      status.count(verdict.status == row.status)
      if verdict.status != row.status {
        miss("status \(row.status)", verdict.status.isEmpty ? "none" : verdict.status, row.line)
      }
    }
  }
}
