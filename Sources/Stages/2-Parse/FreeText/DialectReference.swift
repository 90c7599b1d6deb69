import ByteSlices
import Records

/// How many messages each dialect read.
public struct DialectTally: Sendable, Equatable {
  /// By dialect; those that read none have no entry.
  public private(set) var counts: [String: Int] = [:]
  /// By kind, of the messages that were read by their structure alone.
  public private(set) var structured: [String: Int] = [:]
  /// All messages.
  public private(set) var total = 0

  public init() {}

  public mutating func add(_ record: ParseRecord) {
    total += 1
    if record.dialect.isEmpty {
      structured[record.kind.rawValue, default: 0] += 1
    } else {
      counts[String(record.dialect), default: 0] += 1
    }
  }

  /// The sentence that goes with the table.
  fileprivate var sentence: String {
    let kinds: [(MessageKind, String)] = [
      (.dsn, "by the fields of their delivery-status part"), (.feedback, "as feedback reports"),
      (.mdn, "as disposition notifications"), (.bounce, "by X-Failed-Recipients"),
      (.plain, "as mail that is no report"),
    ]
    let words = kinds.compactMap { kind, words in structured[kind.rawValue].map { "\($0) \(words)" } }
    return "Counted over \(total) messages: \(counts.values.reduce(0, +)) were read by a dialect"
      + words.map { ", \($0)" }.joined() + "."
  }
}

/// What there is to say of one dialect.
public struct DialectEntry: Sendable {
  public let id: String
  /// The programs and services that write it.
  public let name: String
  /// What it is known by.
  public let why: String
  /// The data file that it stands in.
  public let file: String
}

extension DialectSet {
  /// All dialects, in the order of the files.
  public var entries: [DialectEntry] {
    inFileOrder.map { DialectEntry(id: String($0.id.slice), name: $0.name, why: $0.why, file: $0.file) }
  }

  private var inFileOrder: [Dialect] {
    dialects.sorted { ($0.file, $0.examples.first?.line ?? 0) < ($1.file, $1.examples.first?.line ?? 0) }
  }

  /// The reference page in Markdown: a table, and an example of each dialect with what is read in it.
  ///
  /// - Parameter count: What the table's last column says of a dialect.
  public func reference(counts count: (String) -> String, sentence: String) -> String {
    var page = """
      # Dialects

      How mail programs and services write their reports on delivery in words, and what is read in them. A report with \
      the fields of RFC 3464 needs no dialect, unless they leave something out. This page is made from the data files \
      in [Sources/Rules/dialects](../Sources/Rules/dialects) by `returnmill dialects --doc`; a test fails when it no \
      longer agrees with them.

      The last column is the number of messages that the dialect read in a collection of returned mail that is not \
      part of the repository (public test sets of bounce parsers, reports of mail servers, archives of lists). For \
      your own mail: `returnmill dialects PATH…`, of any files and folders. What no sample shows was written after \
      from what is known of the program’s notices.

      \(sentence)

      | dialect | written by | messages |
      |---|---|---:|

      """
    for dialect in inFileOrder {
      let id = String(dialect.id.slice)
      page += "| [\(id)](#\(id)) | \(DialectSet.oneLine(dialect.name)) | \(count(id)) |\n"
    }
    for dialect in inFileOrder { page += DialectSet.section(dialect) }
    return page
  }

  /// The page with the counts of a tally.
  public func reference(_ tally: DialectTally) -> String {
    reference(counts: { "\(tally.counts[$0] ?? 0)" }, sentence: tally.sentence)
  }

  /// The page with the counts that an earlier one has; new dialects have none.
  public func reference(countsOf earlier: String) -> String {
    var counts: [String: String] = [:]
    var sentence = ""
    for line in earlier.split(separator: "\n") {
      if line.hasPrefix("Counted over ") { sentence = String(line) }
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      guard line.hasPrefix("| ["), cells.count >= 5, let name = cells[1].split(separator: "]").first else { continue }
      let count = cells[cells.count - 2].filter { $0 != " " }
      counts[String(name.drop { $0 == " " || $0 == "[" })] = count
    }
    return reference(counts: { counts[$0] ?? "0" }, sentence: sentence)
  }

  private static func section(_ dialect: Dialect) -> String {
    let id = String(dialect.id.slice)
    var text = "\n## \(id)\n\n**\(oneLine(dialect.name))** (\(dialect.file)). \(sentenceCase(oneLine(dialect.why)))\n"
    guard let example = dialect.examples.first(where: { $0.isReport }) else { return text }
    text += "\n```text\nFrom: \(example.from)\nSubject: \(example.subject)\n"
    let headers = lines(example.headers)
    if !headers.isEmpty { text += headers.joined(separator: "\n") + "\n" }
    text += "\n" + lines(example.text).joined(separator: "\n") + "\n```\n"
    for recipient in example.recipients {
      let others = ["action", "status", "reply", "alias", "diagnostic"].compactMap { name in
        recipient[name].flatMap { $0.isEmpty ? nil : "\(name) `\($0)`" }
      }
      text += "\n- `\(recipient["address"] ?? "")`" + others.map { ", \($0)" }.joined()
    }
    return text + "\n"
  }

  private static func lines(_ text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(line.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  private static func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func sentenceCase(_ text: String) -> String {
    guard let first = text.first, first.isLowercase else { return text }
    return first.uppercased() + text.dropFirst()
  }
}
