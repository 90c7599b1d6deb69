import Foundation

extension Explanation {
  /// For a person: what was decided and why, then what else held, then what follows.
  public func text(on terminal: Terminal) -> String {
    var sheet = Sheet(terminal)
    sheet.line(Paragraph(Terminal.safe(message.subject ?? "(no subject)"), .strong))
    let place = message.offset > 0 ? " at byte \(message.offset)" : ""
    if !message.path.isEmpty { sheet.line(Paragraph(Terminal.safe(message.path) + place, .faint)) }
    sheet.line(Paragraph(about, .faint))
    for account in verdicts { write(account, to: &sheet) }
    for aside in setAside {
      sheet.line()
      var paragraph = Paragraph("\(Terminal.safe(aside.recipient ?? "a recipient without an address")) ")
      paragraph.add("was judged \(aside.category)/\(aside.reason) by \(aside.rule); set aside: \(aside.why)", .faint)
      sheet.line(paragraph)
    }
    return sheet.text
  }

  /// What kind of message it is, in a line.
  private var about: String {
    var parts = [Explanation.kinds[message.kind] ?? message.kind]
    if let dialect = message.dialect { parts[0] += " (dialect \(dialect))" }
    if let from = message.from { parts.append("from \(Terminal.safe(from))") }
    if message.envelopeSender == "<>" { parts.append("null sender") }
    if let time = message.time {
      parts.append(Date(timeIntervalSince1970: Double(time)).formatted(.iso8601.year().month().day()))
    }
    if !message.flags.isEmpty { parts.append("odd: \(message.flags.joined(separator: ", "))") }
    parts.append("id \(message.id.prefix(12))")
    return parts.joined(separator: " · ")
  }

  private static let kinds = [
    "dsn": "delivery report", "bounce": "bounce in free text", "mdn": "disposition notice",
    "feedback": "feedback report", "plain": "plain message",
  ]

  private func write(_ account: Account, to sheet: inout Sheet) {
    sheet.line()
    var head = Paragraph("\(account.category)/\(account.reason)", .strong)
    head.add("  \(Terminal.safe(account.recipient ?? "(no address)"))")
    if let new = account.newAddress { head.add(" → \(Terminal.safe(new))") }
    sheet.line(head)

    var rule = Paragraph(account.rule.id, .strong)
    rule.add("  \(place(account.rule))", .faint)
    sheet.entry("rule", rule)
    sheet.entry("", Paragraph(account.rule.why))
    if account.byText {
      sheet.entry("", Paragraph("(the server's words say nothing: the report's text stands in)", .faint))
    }
    write(account.evidence, "saw", limit: 320, to: &sheet)
    if account.evidence.isEmpty { sheet.entry("saw", Paragraph("nothing: it asks for nothing", .faint)) }
    if let words = account.diagnostic, !account.evidence.contains(where: { $0.field == "diagnostic" }) {
      sheet.entry("server", Paragraph(words, marks: [], limit: 320))
    }
    sheet.entry("address", Paragraph(provenance(account)))
    if let verification = account.verification {
      sheet.entry("token", Paragraph(Terminal.safe(Explanation.words(verification, account.vouchedFor))))
    }
    sheet.entry(
      "policy",
      Paragraph("\(account.outlook.words(account)) (\(account.outlook.entry): \(account.outlook.suppression))"))
    sheet.entry("message", Paragraph(account.outlook.route))
    if let standing = account.outlook.standing {
      sheet.entry("now", Paragraph("the address is \(Terminal.safe(standing))"))
    }
    if let recorded = account.recorded {
      sheet.entry("before", Paragraph("the workspace has \(recorded); run again to bring it up to date"))
    }
    write(losers: account.losers, to: &sheet)
  }

  private static func words(_ verification: String, _ subscriber: String?) -> String {
    let policy = "; such events change nobody, unless \"act_on_unverified\" says so"
    switch verification {
    case "verified": return "the token is good" + (subscriber.map { ", and names the subscriber \($0)" } ?? "")
    case "verified:sender": return "none; but the person wrote from the address"
    case "unverified:missing": return "unverified: none in the return path, nor in the returned original" + policy
    case "unverified:forged": return "unverified: forged, as none of the keys has signed it" + policy
    case "unverified:expired": return "unverified: expired when the message came" + policy
    case "unverified:other":
      return "unverified: good, but of another subscriber than the message names, or of none on the roster" + policy
    default: return verification
    }
  }

  private func write(losers: [Loser], to sheet: inout Sheet) {
    let held = losers.filter { $0.cause == .later && $0.rule.layer != "fallback" }
    let last = losers.filter { $0.cause == .later && $0.rule.layer == "fallback" }.map(\.rule.id)
    let vetoed = losers.filter { $0.cause == .vetoed }
    for (index, loser) in vetoed.enumerated() {
      sheet.entry(index == 0 ? "vetoed" : "", title(loser))
      for paragraph in saw(loser.vetoes, "unless", limit: 120) { sheet.entry("", paragraph, column: 15) }
    }
    for (index, loser) in held.enumerated() {
      var paragraph = title(loser)
      let why = loser.isLowerLayer ? "lower layer: \(loser.rule.layer)" : "later: \(loser.rule.file):\(loser.rule.line)"
      paragraph.add("  \(why)", .faint)
      sheet.entry(index == 0 ? "also held" : "", paragraph)
      for paragraph in saw(loser.evidence, "", limit: 100).prefix(2) { sheet.entry("", paragraph, column: 15) }
    }
    if !last.isEmpty {
      let words = last.joined(separator: ", ") + "  what is left, when nothing else holds"
      sheet.entry(held.isEmpty ? "also held" : "", Paragraph(words, .faint))
    }
  }

  private func title(_ loser: Loser) -> Paragraph {
    var paragraph = Paragraph(loser.rule.id)
    paragraph.add("  \(loser.rule.category)/\(loser.rule.reason)", .faint)
    return paragraph
  }

  private func write(_ evidence: [Evidence], _ label: String, limit: Int, to sheet: inout Sheet) {
    for (index, paragraph) in saw(evidence, "", limit: limit).enumerated() {
      sheet.entry(index == 0 ? label : "", paragraph)
    }
  }

  /// A paragraph for each text, with what was seen marked, and one for all values together.
  private func saw(_ list: [Evidence], _ label: String, limit: Int) -> [Paragraph] {
    var paragraphs: [Paragraph] = []
    var values = Paragraph()
    for evidence in list {
      let ranges = evidence.marks.compactMap { mark in mark.start.flatMap { start in mark.end.map { start..<$0 } } }
      if ranges.isEmpty {
        values.add(values.runs.isEmpty ? (label.isEmpty ? "" : "\(label) ") : " · ", .faint)
        values.add("\(evidence.field): ", .faint)
        values.add(Terminal.safe(evidence.text), .mark)
        continue
      }
      var paragraph = Paragraph(label.isEmpty ? "" : "\(label) ", .faint)
      paragraph.add("\(evidence.field): ", .faint)
      for run in Paragraph(evidence.text, marks: ranges, limit: limit).runs { paragraph.add(run.text, run.style) }
      paragraphs.append(paragraph)
    }
    return values.runs.isEmpty ? paragraphs : paragraphs + [values]
  }

  private func place(_ rule: RuleReference) -> String { "\(rule.layer), \(rule.file):\(rule.line)" }

  private func provenance(_ account: Account) -> String {
    guard let place = account.foundIn else { return "none stands in the message" }
    let words =
      switch place {
      case "final-recipient": "from the report's Final-Recipient"
      case "original-recipient": "from the report's Original-Recipient"
      case "x-failed-recipients": "from X-Failed-Recipients"
      case "verp": "from the return path (VERP)"
      case "text": "from the text of the report"
      case "original": "from the headers of the returned original"
      case "feedback": "from the fields of the feedback report"
      case "from": "the writer's: From"
      default: place
      }
    return words + (account.alias.map { ", also known as \(Terminal.safe($0))" } ?? "")
  }
}
