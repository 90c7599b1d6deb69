import Foundation
import Records
import Spool

/// What people say that messages are: a CSV file with a row for each recipient of each message.
///
/// The first row names the columns, in any order; `path` and `category` must be there, others are passed over:
/// - `path`: the message's file, relative to the root.
/// - `id`: its SHA-256 where the file holds several messages; without it, the first message counts.
/// - `recipient`: the address that the verdict is to name, in lower case; alternatives as `a|b`; empty for any.
/// - `category`: one of the eleven; `*` for any of `accept`, `!` for any that is not in `accept`.
/// - `accept`: further categories that count as right, as `a|b`.
/// - `reason`: alternatives as `a|b`; empty where it doesn't matter.
/// - `status`: the enhanced status code; empty where it doesn't matter.
public struct Labels: Sendable {
  struct Row: Sendable {
    var recipients: [String]
    var category: String
    var reasons: [String]
    var accept: Set<String>
    var status: String
    var line: Int

    /// Whether a category counts as right.
    func accepts(_ got: String) -> Bool {
      switch category {
      case "*": accept.contains(got)
      case "!": !got.isEmpty && !accept.contains(got)
      default: !got.isEmpty && (got == category || accept.contains(got))
      }
    }
  }

  /// A message and its rows.
  struct Labelled: Sendable {
    var path: String
    /// In hexadecimal; nil for the file's first message.
    var id: String?
    var rows: [Row]
  }

  /// In the order of their first rows.
  let messages: [Labelled]

  /// - Throws: `ReviewError` that names the file and the line.
  public init(file: String) throws {
    try self.init(String(decoding: try Files.read(file), as: UTF8.self), name: file)
  }

  init(_ text: String, name: String) throws {
    let rows = CSVFile(text).rows
    let columns = Dictionary(
      (rows.first?.fields ?? []).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    for column in ["path", "category"] where columns[column] == nil {
      throw ReviewError(
        "\(name):1: no column '\(column)'; the first row must name the columns: path,recipient,category,reason,accept,status"
      )
    }
    var messages: [Labelled] = []
    var places: [String: Int] = [:]
    for row in rows.dropFirst() {
      func field(_ column: String) -> String {
        columns[column].flatMap { $0 < row.fields.count ? row.fields[$0] : nil } ?? ""
      }
      func list(_ column: String) -> [String] { field(column).split(separator: "|").map(String.init) }
      let path = field("path")
      guard !path.isEmpty else { throw ReviewError("\(name):\(row.line): no path; name the message's file") }
      let label = Row(
        recipients: list("recipient"), category: field("category"), reasons: list("reason"),
        accept: Set(list("accept")), status: field("status"), line: row.line)
      for category in label.accept.sorted() + [label.category]
      where Category(rawValue: category) == nil && !(category == label.category && ["*", "!"].contains(category)) {
        throw ReviewError(
          "\(name):\(row.line): unknown category '\(category)'; use one of "
            + "\(Category.allCases.map(\.rawValue).joined(separator: ", ")), or * or ! with 'accept'")
      }
      let id = field("id").lowercased()
      let key = path + "\u{0}" + id
      if let place = places[key] {
        messages[place].rows.append(label)
      } else {
        places[key] = messages.count
        messages.append(Labelled(path: path, id: id.isEmpty ? nil : id, rows: [label]))
      }
    }
    guard !messages.isEmpty else { throw ReviewError("\(name): no labels; write a row for each recipient") }
    self.messages = messages
  }
}
