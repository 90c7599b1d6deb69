import ByteSlices
import GRDB
import NDJSON
import Store

/// Writes subscribers as CSV or NDJSON, in forms that an import takes: into another database, it gives the same.
///
/// In CSV every field is a column. A field that holds anything but texts somewhere is written as JSON, and its column is
/// called `NAME:json`.
public struct SubscriberExport {
  public enum Format: String, Sendable, CaseIterable {
    case csv, ndjson
  }

  public var query = SubscriberQuery()
  public var format = Format.csv
  /// What stands between the names of lists.
  public var separator = ";"

  /// The columns that a CSV begins with.
  static let columns = ["key", "address", "lists", "status", "since", "cause"]
  /// The members that every object has.
  static let members = ["key", "address", "lists", "status", "fields"]

  public init() {}

  /// - Parameter write: gets pieces of text, to be written one behind the other.
  /// - Returns: how many subscribers were written.
  @discardableResult public func run(database: String, _ write: (String) throws -> Void) throws -> Int {
    let store = try Store.open(database, create: false, indexed: true)
    do {
      return try store.read { db in
        var count = 0
        var text = ""
        let fields = try format == .csv ? self.fields(db) : []
        if format == .csv {
          CSV.append(SubscriberExport.columns + fields.map(\.column), to: &text)
        }
        try query.forEach(db) { subscriber in
          count += 1
          switch format {
          case .csv: append(subscriber, fields, to: &text)
          case .ndjson: text += subscriber.json + "\n"
          }
          if text.utf8.count >= 1 << 16 {
            try write(text)
            text = ""
          }
        }
        try write(text)
        return count
      }
    } catch let error as DatabaseError {
      throw StoreError(error, path: database)
    }
  }

  private struct Field {
    var name: String
    var isJSON: Bool
    var column: String { isJSON ? name + ":json" : name }
  }

  /// The names of all fields, in byte order.
  private func fields(_ db: Database) throws -> [Field] {
    return try Row.fetchAll(
      db,
      sql: """
        SELECT j.key, max(j.type <> 'text') FROM roster r, json_each(r.fields) j GROUP BY j.key ORDER BY j.key
        """
    ).map { row in
      let name: String = row[0]
      // A field that is called as one of our columns, or as if it were JSON, is told apart by being JSON.
      let isTaken =
        SubscriberExport.columns.contains(name.lowercased()) || ColumnMap.addressNames.contains(name.lowercased())
      return Field(name: name, isJSON: row[1] || isTaken || name.hasSuffix(":json") || name.trimmedSpace != name)
    }
  }

  private func append(_ subscriber: ListedSubscriber, _ fields: [Field], to text: inout String) {
    let isActive = subscriber.exportedStatus == "active"
    var values = [
      subscriber.key, subscriber.address, listNames(subscriber.lists).joined(separator: separator),
      subscriber.exportedStatus, isActive ? "" : subscriber.since.map(Time.text) ?? "",
      isActive ? "" : subscriber.cause ?? "",
    ]
    let members = JSONValue.members(of: subscriber.fields)
    for field in fields {
      let value = members[field.name] ?? ""
      values.append(field.isJSON ? value : JSONValue.string(value) ?? "")
    }
    CSV.append(values, to: &text)
  }

  private func listNames(_ json: String) -> [String] {
    json.withByteSlice { slice in
      var reader = JSONReader(slice, Arena(blockSize: 4 << 10))
      var names: [String] = []
      try? reader.array { names.append(String(try $0.string())) }
      return names
    }
  }
}
