import Foundation
import Records

extension Score {
  /// For a person.
  ///
  /// - Parameter misses: how many of the misses to list.
  public func text(on terminal: Terminal, misses limit: Int) -> String {
    var text = ""
    func line(_ name: String, _ value: String, _ share: Share? = nil) {
      text += name.padded(to: 28) + value.right(8)
      if let share { text += terminal.styled("  \(share.right) of \(share.of)", .faint) }
      text += "\n"
    }
    line("messages", "\(messages)")
    if withoutVerdict > 0 { line("without a verdict", "\(withoutVerdict)") }
    line("category", Score.words(category.percent), category)
    line("category, mean over all", Score.words(macro))
    line("reason, category right", Score.words(reason.percent), reason)
    line("recipients found", Score.words(recall.percent), recall)
    line("recipients right", Score.words(precision.percent), precision)
    line("status", Score.words(status.percent), status)
    line("false suppressions", "\(harm.right)", harm)
    text += "\n" + terminal.styled("category".padded(to: 28) + "right".right(8), .faint) + "\n"
    for name in ordered(byCategory.keys) { line("  " + name, Score.words(byCategory[name]?.percent), byCategory[name]) }
    text +=
      "\n" + terminal.styled("reason, where the category is right".padded(to: 44) + "right".right(8), .faint) + "\n"
    for name in byReason.keys.sorted() {
      guard let share = byReason[name] else { continue }
      text += "  " + name.padded(to: 42) + Score.words(share.percent).right(8)
      text += terminal.styled("  \(share.right) of \(share.of)", .faint) + "\n"
    }
    return text + "\n" + matrix(on: terminal) + list(limit, on: terminal)
  }

  /// As Python prints it: at least one decimal.
  private static func words(_ percent: Double?) -> String { percent.map { "\($0) %" } ?? "-" }

  /// Categories in the order of their gravity, `*` and `!` behind them.
  private func ordered(_ names: some Sequence<String>) -> [String] {
    let known = Category.allCases.map(\.rawValue)
    func rank(_ name: String) -> Int { known.firstIndex(of: name) ?? known.count }
    return Set(names).sorted { (rank($0), $0) < (rank($1), $1) }
  }

  /// Rows as wanted, columns as judged.
  private func matrix(on terminal: Terminal) -> String {
    let wanted = ordered(confusion.keys)
    let got = ordered(confusion.values.flatMap(\.keys))
    var text =
      terminal.styled("confusion: rows as labelled, columns as judged (other categories may be accepted)", .faint)
      + "\n"
    text += String(repeating: " ", count: 22)
    for column in got { text += Score.short(column).right(5) }
    text += "\n"
    for row in wanted {
      text += row.padded(to: 22)
      for column in got {
        let count = confusion[row]?[column] ?? 0
        let cell = (count == 0 ? "·" : String(count)).right(5)
        text += terminal.isColored && count > 0 ? terminal.styled(cell, row == column ? .good : .bad) : cell
      }
      text += "\n"
    }
    let key = got.map { "\(Score.short($0)) \($0.isEmpty ? "nothing" : $0)" }.joined(separator: ", ")
    var sheet = Sheet(terminal)
    sheet.line(Paragraph(key, .faint))
    return text + sheet.text
  }

  /// Four letters that tell the categories apart.
  private static func short(_ category: String) -> String {
    let words = category.split(separator: "_")
    switch category {
    case "": return "none"
    case "subscribe_request": return "sub"
    case "unsubscribe_request": return "unsub"
    case "message_restriction": return "restr"
    case "redirect": return "moved"
    case "mail_block": return "block"
    case "feedback_loop": return "fbl"
    case "user_reply": return "reply"
    case "delivery_status": return "dsn"
    default: return String(words.first?.prefix(5) ?? "?")
    }
  }

  private func list(_ limit: Int, on terminal: Terminal) -> String {
    guard limit > 0, !misses.isEmpty else { return "" }
    var sheet = Sheet(terminal)
    sheet.line()
    sheet.line(Paragraph("misses\(misses.count > limit ? ", the first \(limit) of \(misses.count)" : "")", .faint))
    for miss in misses.prefix(limit) {
      var paragraph = Paragraph(Terminal.safe(miss.path))
      paragraph.add(" (line \(miss.line)): ", .faint)
      paragraph.add("want \(miss.wanted), got \(Terminal.safe(miss.got))")
      sheet.line(paragraph, indent: 2)
    }
    return sheet.text
  }

  /// One JSON object. The figures have the names that they have elsewhere in such comparisons.
  public func encoded() throws -> String {
    try JSONLine.encode(
      Figures(
        rows: category.of, messages: messages, withoutVerdict: withoutVerdict, categoryAccuracy: category.percent,
        categoryMacro: macro, reasonAccuracy: reason.percent, recipientRecall: recall.percent,
        recipientPrecision: precision.percent, statusAccuracy: status.percent, falseSuppressions: harm.right,
        falseSuppressionRate: harm.percent, perCategory: byCategory.mapValues { "\($0.right)/\($0.of)" },
        perReason: byReason.mapValues { "\($0.right)/\($0.of)" }, confusion: confusion, misses: misses))
  }

  private struct Figures: Codable {
    var rows: Int
    var messages: Int
    var withoutVerdict: Int
    var categoryAccuracy: Double?
    var categoryMacro: Double
    var reasonAccuracy: Double?
    var recipientRecall: Double?
    var recipientPrecision: Double?
    var statusAccuracy: Double?
    var falseSuppressions: Int
    var falseSuppressionRate: Double?
    var perCategory: [String: String]
    var perReason: [String: String]
    var confusion: [String: [String: Int]]
    var misses: [Miss]
  }
}
