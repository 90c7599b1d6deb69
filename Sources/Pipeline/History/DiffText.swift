import Act

/// Puts diffs into words for a terminal.
enum DiffText {
  /// Addresses of one rule and domain that are named, before it only counts.
  private static let namedAddresses = 5
  /// Lines of one list.
  private static let lines = 40

  // MARK: verdicts

  static func matrix(_ diff: VerdictDiff) -> String {
    let moving = diff.matrix.filter { $0.before != $0.after }
    guard !moving.isEmpty else { return "" }
    let names = Set(moving.flatMap { [$0.before, $0.after] }).sorted { rank($0) < rank($1) }
    let counts = Dictionary(
      diff.matrix.map { ([$0.before, $0.after], $0.verdicts) }, uniquingKeysWith: { first, _ in first })
    let cells = names.map { before in
      names.map { after in counts[[before, after]].map { grouped($0) } ?? (before == after ? "" : "·") }
    }
    let widths = names.indices.map { column in
      max(String(column + 1).count, cells.map { $0[column].count }.max() ?? 0)
    }
    let labels = names.enumerated().map { "\($0 + 1) \($1)" }
    let margin = (labels.map(\.count).max() ?? 0) + 2
    var text = "From (row) to (column), in verdicts:\n\n" + String(repeating: " ", count: margin)
    text += widths.indices.map { right(String($0 + 1), widths[$0]) }.joined(separator: "  ") + "\n"
    for (label, row) in zip(labels, cells) {
      text += left(label, margin) + zip(row, widths).map { right($0, $1) }.joined(separator: "  ") + "\n"
    }
    return text + "\n"
  }

  static func changes(_ diff: VerdictDiff) -> String {
    guard !diff.changes.isEmpty else { return "" }
    let width = diff.changes.map { grouped($0.verdicts).count }.max() ?? 1
    let indent = String(repeating: " ", count: width + 4)
    var text = ""
    for change in diff.changes.prefix(lines) {
      text += "  \(right(grouped(change.verdicts), width))  \(name(change.before)) → \(name(change.after))\n"
      for sample in change.samples {
        let recipient = sample.recipient.isEmpty ? "" : "  \(sample.recipient)"
        text += "\(indent)\(sample.message.prefix(12))  “\(sample.subject.prefix(60))”\(recipient)\n"
        if !sample.words.isEmpty { text += "\(indent)              \(sample.words.prefix(100))\n" }
      }
    }
    if diff.changes.count > lines {
      text += "  … and \(diff.changes.count - lines) more kinds of change (--json has all)\n"
    }
    return text + "\n"
  }

  private static func name(_ ruling: VerdictDiff.Ruling?) -> String {
    ruling.map { "\($0.category)/\($0.reason) by \($0.rule)" } ?? "(nobody)"
  }

  /// The categories in the order of the documentation, what is none last.
  private static func rank(_ category: String) -> Int {
    let order = [
      "hard_bounce", "soft_bounce", "mail_block", "message_restriction", "delivery_status", "auto_reply", "redirect",
      "subscribe_request", "unsubscribe_request", "feedback_loop", "user_reply",
    ]
    return order.firstIndex(of: category) ?? order.count
  }

  // MARK: addresses

  static func addresses(_ diff: AddressDiff, future: Bool) -> String {
    let verb = future ? "to be " : ""
    return list(diff.suppressed, "\(verb)suppressed") + list(diff.freed, "\(verb)set free")
      + list(diff.moved, "\(verb)noted as moved")
  }

  private struct Group: Hashable {
    var rule: String
    var cause: String
    var domain: String
  }

  private static func list(_ addresses: [AddressDiff.Address], _ what: String) -> String {
    guard !addresses.isEmpty else { return "" }
    let groups = Dictionary(grouping: addresses) {
      Group(rule: $0.rule ?? "a person", cause: $0.cause, domain: $0.domain)
    }.sorted { a, b in
      if a.value.count != b.value.count { return a.value.count > b.value.count }
      return (a.key.rule, a.key.cause, a.key.domain) < (b.key.rule, b.key.cause, b.key.domain)
    }
    var text = "\(grouped(addresses.count)) address\(addresses.count == 1 ? "" : "es") \(what):\n"
    for (group, members) in groups.prefix(lines) {
      let named = members.prefix(namedAddresses).map(\.address).joined(separator: ", ")
      text += "  \(right(grouped(members.count), 7))  \(group.cause) by \(group.rule), \(group.domain): \(named)"
      text += members.count > namedAddresses ? ", …\n" : "\n"
    }
    if groups.count > lines { text += "  … and \(groups.count - lines) more rules and domains (--json has all)\n" }
    return text + "\n"
  }

  // MARK: columns

  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

extension Rejudgement.Report {
  /// For a person.
  public var text: String {
    var text = "\(grouped(verdicts.messages)) messages judged again by rules \(rules.prefix(12)): "
    text +=
      verdicts.changedMessages == 0
      ? "no verdict changes.\n"
      : "\(grouped(verdicts.changedVerdicts)) verdicts change, in \(grouped(verdicts.changedMessages)) messages.\n"
    if verdicts.detailsOnly > 0 {
      text +=
        "\(grouped(verdicts.detailsOnly)) messages keep their verdict, but not the field or new address behind it.\n"
    }
    text += "\n" + DiffText.matrix(verdicts) + DiffText.changes(verdicts)
    text += DiffText.addresses(addresses, future: true)
    if !verdicts.changes.isEmpty, addresses.isEmpty { text += "No address is suppressed or set free by it.\n" }
    if let brake { text += "Act would stop: \(brake)\n" }
    for note in notes { text += "Note: \(note).\n" }
    return text
  }
}

extension RunDiff {
  /// For a person.
  public var text: String {
    var text = "from  \(from.line)to    \(to.line)\n"
    if let a = from.rules, let b = to.rules, a != b {
      text += "The rules changed: \(a.digest.prefix(12)) → \(b.digest.prefix(12))"
      text += a.packs == b.packs ? "\n\n" : "; packs: \(a.packsInWords) → \(b.packsInWords)\n\n"
    }
    text += DiffText.counts(categories, "messages") + DiffText.counts(subscribers, "addresses")
    text +=
      verdicts.changedMessages == 0
      ? "No verdict was judged otherwise.\n\n"
      : "\(grouped(verdicts.changedVerdicts)) verdicts judged otherwise, in \(grouped(verdicts.changedMessages)) messages.\n\n"
    text += DiffText.matrix(verdicts) + DiffText.changes(verdicts) + DiffText.addresses(addresses, future: false)
    if addresses.isEmpty { text += "No address was suppressed or set free.\n" }
    return text
  }
}

extension RunDiff.Entry {
  /// A line for a person.
  public var line: String {
    var line = "\(id)  \(outcome ?? "killed")"
    if let version { line += ", version \(version)" }
    if let rules { line += ", rules \(rules.digest.prefix(12))" }
    if let packs = rules?.packs, !packs.isEmpty { line += " with \(rules?.packsInWords ?? "")" }
    return line + "\n"
  }
}

extension RulesInForce {
  /// The packs' names and versions.
  fileprivate var packsInWords: String {
    packs.isEmpty
      ? "none" : packs.map { $0.split(separator: " ").prefix(2).joined(separator: " ") }.joined(separator: ", ")
  }
}

extension DiffText {
  static func counts(_ counts: [RunDiff.Count], _ what: String) -> String {
    let changed = counts.filter { $0.before != $0.after }
    guard !changed.isEmpty else { return "" }
    var text = ""
    for count in changed {
      let difference = count.after - count.before
      text += left("  \(count.name)", 24) + right(grouped(count.before), 10) + " → " + left(grouped(count.after), 10)
      text += "\(difference > 0 ? "+" : "")\(grouped(difference)) \(what)\n"
    }
    return text + "\n"
  }
}
