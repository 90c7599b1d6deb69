import ByteSlices
import NDJSON

/// Reads suppressions, a record at a time, in the forms that ``SuppressionExport`` writes and in those that the systems
/// themselves export. A record may name several addresses, or, like a comment, nobody.
final class SuppressionReader: ImportReader {
  let file: InputFile
  private(set) var header: [UInt8]?
  private let format: SuppressionFormat
  private let reader: LineReader
  /// Where things stand in a CSV; nil for one without a first line that names them.
  private var columns: Columns?
  private var separator: UInt8 = 0x2C
  private var pending: LineReader.Record?
  private let arena = Arena(blockSize: 16 << 10)

  private struct Columns {
    var count: Int
    var address: Int
    var list: Int?
    var status: Int?
    var since: Int?
    var unsubscribed: Int?
    var cause: Int?
    var rule: Int?
    var policy: Int?
    var note: Int?
    var attributes: Int?

    init?(_ names: [String]) {
      let names = names.map { $0.trimmedSpace.lowercased() }
      func find(_ wanted: String...) -> Int? { wanted.lazy.compactMap { names.firstIndex(of: $0) }.first }
      guard let address = ColumnMap.addressNames.lazy.compactMap({ names.firstIndex(of: $0) }).first else { return nil }
      self.address = address
      count = names.count
      list = find("list")
      status = find("status")
      since = find("since", "created_at", "created", "createdat", "date", "clean_time")
      unsubscribed = find("unsub_time")
      cause = find("cause", "reason", "error", "suppressionreason")
      rule = find("rule")
      policy = find("policy")
      note = find("note")
      attributes = find("attributes")
    }
  }

  init(_ path: String, _ format: SuppressionFormat) throws {
    file = try InputFile(path)
    self.format = format
    let isCSV = ![.ndjson, .postfix, .kumomta, .postmark, .addresses].contains(format)
    reader = try LineReader(file, quoted: isCSV)
    guard isCSV, let first = try reader.next() else { return }
    separator = CSV.separator(of: first.bytes)
    let values = (try? CSV.values(first.bytes, separator: separator)) ?? []
    columns = Columns(values)
    if columns != nil {
      header = first.bytes
    } else if values.contains(where: { MailAddress.checked($0.trimmedSpace) != nil }) {
      pending = first
    } else {
      throw SubscriberError.form(
        path: file.path,
        problem: "line 1: expected the names of columns, one of them address or email, or an address; found "
          + String(decoding: first.bytes.prefix(60), as: UTF8.self))
    }
  }

  var position: Int { reader.position }

  func next() throws -> ImportRecord<[Suppressed]>? {
    guard let record = try pending ?? reader.next() else { return nil }
    pending = nil
    let rows = Result { () throws(RowProblem) in try read(record.bytes) }
    return ImportRecord(line: record.line, bytes: record.bytes, row: rows)
  }

  private func read(_ bytes: [UInt8]) throws(RowProblem) -> [Suppressed] {
    do {
      switch format {
      case .ndjson: return try [object(bytes)]
      case .kumomta: return try member(bytes)
      case .postmark: return try postmark(bytes)
      case .postfix: return try accessMap(bytes)
      case .addresses:
        let text = try utf8(bytes).trimmedSpace
        return text.isEmpty || text.hasPrefix("#") ? [] : [try row(text)]
      default: return try [values(CSV.values(bytes, separator: separator))]
      }
    } catch let problem as RowProblem {
      throw problem
    } catch let error as CSV.Malformed {
      throw RowProblem(error)
    } catch let error as JSONError {
      throw RowProblem(error)
    } catch {
      throw RowProblem(expected: "\(error)")
    }
  }

  // MARK: CSV

  private func values(_ values: [String]) throws -> Suppressed {
    guard let columns else {
      guard let index = values.firstIndex(where: { MailAddress.checked($0.trimmedSpace) != nil }) else {
        throw RowProblem(expected: "an address like someone@example.com in one of the values")
      }
      var one = try row(values[index])
      switch values.dropFirst(index + 1).first?.trimmedSpace.uppercased() {
      case "COMPLAINT": one.cause = "feedback_loop/abuse"
      case "BOUNCE": one.cause = "hard_bounce/suppressed"
      default: break
      }
      return one
    }
    guard values.count == columns.count else {
      throw RowProblem(expected: "\(columns.count) values, as the first line has; found \(values.count)")
    }
    func value(_ index: Int?) -> String? { index.map { values[$0].trimmedSpace }.flatMap { $0.isEmpty ? nil : $0 } }
    var one = try row(values[columns.address])
    one.list = value(columns.list)
    one.rule = value(columns.rule)
    one.policy = value(columns.policy)
    one.note = value(columns.note)
    setCause(value(columns.cause), &one)
    if let status = value(columns.status) { try setStatus(status, &one) }
    try setTime(value(columns.since), &one)
    if let time = value(columns.unsubscribed) {
      try setTime(time, &one)
      one.status = "unsubscribed"
    }
    if format == .mailgunUnsubscribes || format == .mailchimp, one.cause == nil { one.status = "unsubscribed" }
    if format == .mailgunComplaints, one.cause == nil { one.cause = "feedback_loop/abuse" }
    if let attributes = value(columns.attributes) {
      let members = JSONValue.members(of: attributes)
      setCause(members["cause"].flatMap(JSONValue.string), &one)
      if let status = members["status"].flatMap(JSONValue.string) { try setStatus(status, &one) }
      try setTime(members["since"].flatMap(JSONValue.string), &one)
    }
    return one
  }

  // MARK: JSON

  private func object(_ bytes: [UInt8]) throws -> Suppressed {
    let members = try members(bytes)
    func text(_ names: String...) -> String? { names.lazy.compactMap { members[$0].flatMap(JSONValue.string) }.first }
    guard let address = text("address", "email", "emailAddress", "EmailAddress") else {
      throw RowProblem(expected: "a member \"address\"")
    }
    var one = try row(address)
    one.list = text("list")
    one.rule = text("rule")
    one.policy = text("policy")
    one.note = text("note")
    setCause(text("cause", "reason", "SuppressionReason"), &one)
    if let status = text("status") { try setStatus(status, &one) }
    try setTime(text("since", "created_at", "CreatedAt"), &one)
    return one
  }

  private func members(_ bytes: [UInt8]) throws -> [String: String] {
    arena.reset()
    let text = try utf8(bytes)
    return try text.withByteSlice { slice in
      var reader = JSONReader(slice, arena)
      let members = try JSONValue.members(&reader)
      guard reader.isAtEnd() else { throw RowProblem(expected: "one JSON object a line") }
      return members
    }
  }

  /// A line of an object that has a member a line, or the whole object on one line.
  private func member(_ bytes: [UInt8]) throws -> [Suppressed] {
    var text = try utf8(bytes).trimmedSpace
    while text.hasSuffix(",") { text.removeLast() }
    if text == "{" || text == "}" || text.isEmpty { return [] }
    if !text.hasPrefix("{") { text = "{" + text }
    if !text.hasSuffix("}") { text += "}" }
    return try members(Array(text.utf8)).sorted { $0.key < $1.key }.map { address, value in
      var one = try row(address)
      setCause(JSONValue.string(value), &one)
      return one
    }
  }

  private func postmark(_ bytes: [UInt8]) throws -> [Suppressed] {
    let members = try members(bytes)
    guard let list = members["Suppressions"] else {
      throw RowProblem(expected: "an object with \"Suppressions\" on one line (jq -c makes it so)")
    }
    arena.reset()
    return try list.withByteSlice { slice in
      var reader = JSONReader(slice, arena)
      var rows: [Suppressed] = []
      try reader.array { rows.append(try object(Array(JSONValue.read(&$0).utf8))) }
      return rows
    }
  }

  // MARK: Postfix

  /// Lines of access(5): a key, white space, an action. What accepts is no suppression.
  private func accessMap(_ bytes: [UInt8]) throws -> [Suppressed] {
    let text = try utf8(bytes)
    if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(" ") || text.hasPrefix("\t") { return [] }
    let words = text.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
    guard words.count == 2 else { throw RowProblem(expected: "an address and an action, as in access(5)") }
    let action = String(words[1]).trimmedSpace
    let refuses = ["REJECT", "DISCARD", "HOLD"].contains { action.uppercased().hasPrefix($0) }
    guard refuses || action.hasPrefix("5") || action.hasPrefix("4") else { return [] }
    guard words[0].contains("@"), !words[0].hasPrefix("@"), !words[0].hasSuffix("@") else {
      throw RowProblem(expected: "an address; found \"\(words[0])\", which is for more than one")
    }
    var one = try row(String(words[0]))
    if let match = action.firstMatch(of: /(suppressed|unsubscribed): (\S+)/) {
      one.status = String(match.1)
      setCause(String(match.2), &one)
    } else {
      one.note = action
    }
    return [one]
  }

  // MARK: all

  private func utf8(_ bytes: [UInt8]) throws -> String {
    guard let text = String(validatingUTF8Bytes: bytes) else { throw RowProblem(expected: "UTF-8") }
    return text
  }

  private func row(_ address: String) throws -> Suppressed {
    guard let checked = MailAddress.checked(address.trimmedSpace) else {
      throw RowProblem(expected: "an address like someone@example.com; found \"\(address)\"")
    }
    return Suppressed(address: checked)
  }

  /// What has the form of our causes is one; other reasons become a note.
  private func setCause(_ text: String?, _ one: inout Suppressed) {
    guard let text else { return }
    switch text.lowercased() {
    case "hardbounce", "bounce", "bounced": one.cause = "hard_bounce/suppressed"
    case "spamcomplaint", "complaint": one.cause = "feedback_loop/abuse"
    case let known where known.wholeMatch(of: /[a-z0-9_]+\/[a-z0-9_]+|manual|imported/) != nil: one.cause = known
    default: if one.note == nil { one.note = text }
    }
    if one.cause?.hasPrefix("unsubscribe_request/") == true || one.cause == "feedback_loop/opt_out" {
      one.status = "unsubscribed"
    }
  }

  private func setStatus(_ text: String, _ one: inout Suppressed) throws {
    switch SubscriberRow.Status.names[text.lowercased()] {
    case .unsubscribed: one.status = "unsubscribed"
    case .suppressed: one.status = "suppressed"
    case .active where format.tellsLists, .restored where format.tellsLists:
      throw RowProblem(expected: "a status of suppressed or unsubscribed; found \"\(text)\"")
    // Other systems put all sorts of things there.
    default: break
    }
  }

  private func setTime(_ text: String?, _ one: inout Suppressed) throws {
    guard let text, !text.isEmpty else { return }
    guard let time = Time.parse(text) else {
      throw RowProblem(expected: "a time like 2026-01-31T12:00:00Z; found \"\(text)\"")
    }
    one.since = time
  }
}
