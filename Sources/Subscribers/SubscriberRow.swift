import ByteSlices
import NDJSON

/// What a row of a file says of a subscriber.
struct SubscriberRow {
  var key: String
  var address: String
  /// JSON by field; nil takes the field out.
  var fields: [(name: String, value: String?)] = []
  /// nil: the file says nothing of lists.
  var lists: [String]?
  var status = Status.active
  var since: Int?
  var cause: String?

  enum Status: String {
    case active, suppressed, unsubscribed, restored

    /// What other systems call it.
    static let names: [String: Status] = [
      "": .active, "active": .active, "moved": .active, "enabled": .active, "subscribed": .active, "confirmed": .active,
      "yes": .active, "suppressed": .suppressed, "bounced": .suppressed, "cleaned": .suppressed,
      "blocklisted": .suppressed, "blocked": .suppressed, "complained": .suppressed, "disabled": .suppressed,
      "inactive": .suppressed, "unsubscribed": .unsubscribed, "opt-out": .unsubscribed, "opted_out": .unsubscribed,
      "opted out": .unsubscribed, "restored": .restored,
    ]
  }
}

/// What is wrong with a row.
struct RowProblem: Error {
  var expected: String

  /// Of an NDJSON line.
  init(_ error: JSONError) { expected = "JSON: at byte \(error.offset) \(error.expected)" }
  init(_ error: CSV.Malformed) { expected = error.expected }
  init(expected: String) { self.expected = expected }
}

/// Reads the rows of a CSV or NDJSON file, one at a time.
final class SubscriberRows: ImportReader {
  let file: InputFile
  private(set) var header: [UInt8]?
  private let reader: LineReader
  private let map: ColumnMap
  private var table: (columns: Columns, separator: UInt8, count: Int)?
  private let arena = Arena(blockSize: 16 << 10)

  /// Tells the form by the first byte: an NDJSON line begins with `{`.
  init(_ path: String, _ map: ColumnMap) throws {
    file = try InputFile(path)
    self.map = map
    while file.window.isEmpty, try file.more() {}
    let first = file.window.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
    reader = try LineReader(file, quoted: first != 0x7B)
    guard first != 0x7B else { return }
    guard let line = try reader.next() else {
      throw SubscriberError.form(path: file.path, problem: "empty; expected a line with the names of columns")
    }
    let separator = CSV.separator(of: line.bytes)
    do {
      let names = try CSV.values(line.bytes, separator: separator)
      // An export of ours needs no map.
      let isExport = names.starts(with: SubscriberExport.columns)
      let known = isExport ? ColumnMap(separator: map.separator) : map
      table = (try Columns(known, names, in: file.path), separator, names.count)
      header = line.bytes
    } catch let error as CSV.Malformed {
      throw SubscriberError.form(path: file.path, problem: "line \(line.line): expected \(error.expected)")
    }
  }

  var position: Int { reader.position }

  func next() throws -> ImportRecord<SubscriberRow>? {
    guard let record = try reader.next() else { return nil }
    let row = Result { () throws(RowProblem) in try read(record.bytes) }
    return ImportRecord(line: record.line, bytes: record.bytes, row: row)
  }

  private func read(_ bytes: [UInt8]) throws(RowProblem) -> SubscriberRow {
    do {
      if let table { return try read(bytes, table) }
      return try readObject(bytes)
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

  private func read(_ bytes: [UInt8], _ table: (columns: Columns, separator: UInt8, count: Int)) throws -> SubscriberRow
  {
    let values = try CSV.values(bytes, separator: table.separator)
    guard values.count == table.count else {
      throw RowProblem(expected: "\(table.count) values, as the first line has; found \(values.count)")
    }
    let columns = table.columns
    var row = try row(address: values[columns.address], key: columns.key.map { values[$0] })
    for field in columns.fields {
      let value = values[field.column]
      if value.isEmpty {
        row.fields.append((field.name, nil))
      } else if field.isJSON {
        row.fields.append((field.name, try json(value, in: field.name)))
      } else {
        row.fields.append((field.name, JSONValue.of(value)))
      }
    }
    row.lists = columns.lists.map { lists(values[$0]) }
    try setStatus(columns.status.map { values[$0] }, columns.since.map { values[$0] }, &row)
    row.cause = columns.cause.map { values[$0] }.flatMap { $0.isEmpty ? nil : $0 }
    return row
  }

  private func json(_ text: String, in name: String) throws -> String {
    arena.reset()
    return try text.withByteSlice { slice in
      var reader = JSONReader(slice, arena)
      guard let value = try? JSONValue.read(&reader), reader.isAtEnd() else {
        throw RowProblem(expected: "JSON in the column \(name):json")
      }
      return value
    }
  }

  // MARK: NDJSON

  private func readObject(_ bytes: [UInt8]) throws -> SubscriberRow {
    arena.reset()
    guard bytes.withByteSlice({ $0.isASCII || UTF8Sequence.isValid($0) }) else { throw RowProblem(expected: "UTF-8") }
    var members = try bytes.withByteSlice { slice in
      var reader = JSONReader(slice, arena)
      let members = try JSONValue.members(&reader)
      guard reader.isAtEnd() else { throw RowProblem(expected: "one JSON object a line") }
      return members
    }
    // An export of ours needs no map.
    if SubscriberExport.members.allSatisfy({ members[$0] != nil }), members["fields"]?.utf8.first == 0x7B {
      let fields = members.removeValue(forKey: "fields") ?? ""
      let own = JSONValue.members(of: fields)
      var row = try row(
        address: JSONValue.string(members["address"] ?? "") ?? "", key: JSONValue.string(members["key"] ?? ""))
      row.fields = own.map { ($0.key, JSONValue.isNothing($0.value) ? nil : $0.value) }
      row.lists = try listNames(members["lists"] ?? "null")
      row.cause = members["cause"].flatMap(JSONValue.string)
      try setStatus(members["status"].flatMap(JSONValue.string), members["since"].flatMap(JSONValue.string), &row)
      return row
    }
    func take(_ names: [String]) -> String? {
      for name in names {
        if let found = members.keys.first(where: { $0.lowercased() == name.lowercased() }) {
          return members.removeValue(forKey: found)
        }
      }
      return nil
    }
    func text(_ value: String?) -> String? { value.flatMap { $0 == "null" ? nil : JSONValue.string($0) ?? $0 } }
    let names = map.address.map { [$0] } ?? ColumnMap.addressNames
    guard let address = text(take(names)) else {
      throw RowProblem(expected: "a member \"\(names[0])\" with the address")
    }
    var row = try row(address: address, key: text(take([map.key ?? "key"])))
    if let value = take([map.lists ?? "lists"]) { row.lists = try listNames(value) }
    let asFields = Set((map.fields ?? [:]).values.map { $0.lowercased() })
    func own(_ name: String) -> String? { asFields.contains(name) ? nil : text(take([name])) }
    try setStatus(map.status.map { text(take([$0])) ?? "" } ?? own("status"), own("since"), &row)
    row.cause = own("cause")
    if let fields = map.fields {
      for (name, member) in fields.sorted(by: { $0.key < $1.key }) {
        guard let found = members.keys.first(where: { $0.lowercased() == member.lowercased() }) else { continue }
        let value = members[found] ?? "null"
        row.fields.append((name, JSONValue.isNothing(value) ? nil : value))
      }
    } else {
      for (name, value) in members { row.fields.append((name, JSONValue.isNothing(value) ? nil : value)) }
    }
    return row
  }

  private func listNames(_ value: String) throws -> [String] {
    if value == "null" { return [] }
    if let text = JSONValue.string(value) { return lists(text) }
    arena.reset()
    return try value.withByteSlice { slice in
      var reader = JSONReader(slice, arena)
      var names: [String] = []
      do { try reader.array { names.append(String(try $0.string()).trimmedSpace) } } catch {
        throw RowProblem(expected: "a list of names of lists")
      }
      return names.filter { !$0.isEmpty }
    }
  }

  // MARK: both

  private func row(address: String, key: String?) throws -> SubscriberRow {
    let address = address.trimmedSpace
    guard let normal = MailAddress.checked(address) else {
      throw RowProblem(
        expected: address.isEmpty
          ? "an address; found none" : "an address like someone@example.com; found \"\(address)\"")
    }
    let key = key.map(\.trimmedSpace) ?? ""
    return SubscriberRow(key: key.isEmpty ? normal.asciiLowercased : key, address: normal)
  }

  private func lists(_ text: String) -> [String] {
    text.split(separator: map.separator).map { String($0).trimmedSpace }.filter { !$0.isEmpty }
  }

  private func setStatus(_ status: String?, _ since: String?, _ row: inout SubscriberRow) throws {
    if let status {
      guard let known = SubscriberRow.Status.names[status.trimmedSpace.lowercased()] else {
        throw RowProblem(
          expected: "a status of active, unsubscribed or suppressed; found \"\(status)\". If the column says something "
            + #"else, make it a field: "subscribers": {"fields": {"status": "status"}}"#)
      }
      row.status = known
    }
    if let since, !since.trimmedSpace.isEmpty {
      guard let time = Time.parse(since.trimmedSpace) else {
        throw RowProblem(expected: "a time like 2026-01-31T12:00:00Z in since; found \"\(since)\"")
      }
      row.since = time
    }
  }
}
