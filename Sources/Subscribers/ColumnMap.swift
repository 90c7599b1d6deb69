/// Which columns of a file mean what: `subscribers` in the configuration.
///
/// ```json
/// {"key": "customer_no", "address": "E-Mail", "lists": "Verteiler", "fields": {"first_name": "Vorname"}}
/// ```
/// Names are compared without regard to case. For NDJSON the names are those of members.
public struct ColumnMap: Sendable, Equatable, Decodable {
  /// The subscriber's key; by default `key`, else the address is the key.
  public var key: String?
  /// By default the first that is called `address`, `email`, `e-mail` or the like.
  public var address: String?
  /// The names of lists, in one value; by default `lists`.
  public var lists: String?
  /// What stands between the names of lists.
  public var separator: String
  /// Whether the subscriber may be written to; by default `status`.
  public var status: String?
  /// From a field's name to its column. By default every other column is a field of its own name.
  public var fields: [String: String]?

  public init(
    key: String? = nil, address: String? = nil, lists: String? = nil, separator: String = ";", status: String? = nil,
    fields: [String: String]? = nil
  ) {
    self.key = key
    self.address = address
    self.lists = lists
    self.separator = separator
    self.status = status
    self.fields = fields
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case key, address, lists, separator, status, fields
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  public init(from decoder: any Decoder) throws {
    let known = CodingKeys.allCases.map(\.rawValue)
    let names = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
    if let stranger = names.sorted().first(where: { !known.contains($0) }) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "unknown key \"\(stranger)\"; known are \(known.sorted().joined(separator: ", "))"))
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      key: try values.decodeIfPresent(String.self, forKey: .key),
      address: try values.decodeIfPresent(String.self, forKey: .address),
      lists: try values.decodeIfPresent(String.self, forKey: .lists),
      separator: try values.decodeIfPresent(String.self, forKey: .separator) ?? ";",
      status: try values.decodeIfPresent(String.self, forKey: .status),
      fields: try values.decodeIfPresent([String: String].self, forKey: .fields))
    if separator.isEmpty {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "separator: expected a character, such as \";\""))
    }
  }

  /// What columns that hold the address are called, in the order in which they are looked for.
  static let addressNames = [
    "address", "email", "e-mail", "email address", "e-mail address", "email_address", "emailaddress", "mail",
    "recipient",
  ]
  /// What an export writes for people, and an import makes nothing of.
  static let informative: Set<String> = ["since", "cause"]
}

/// A map laid over the columns that a file has.
struct Columns {
  /// How a value becomes a field.
  struct Field {
    var name: String
    var column: Int
    /// The values are JSON, as an export marks a column that holds more than texts: `name:json`.
    var isJSON: Bool
  }

  var key: Int?
  var address: Int
  var lists: Int?
  var status: Int?
  var since: Int?
  var cause: Int?
  var fields: [Field]

  /// - Parameter names: the columns, as the file calls them.
  init(_ map: ColumnMap, _ names: [String], in path: String) throws {
    let found = names.map { $0.trimmedSpace.lowercased() }
    for (index, name) in found.enumerated() where !name.isEmpty && found.firstIndex(of: name) != index {
      throw SubscriberError.form(path: path, problem: "line 1: two columns are called \"\(names[index])\"")
    }
    func column(_ name: String, _ key: String) throws -> Int {
      if let index = found.firstIndex(of: name.trimmedSpace.lowercased()) { return index }
      throw SubscriberError.form(
        path: path,
        problem: "line 1: expected a column \"\(name)\", which the configuration names (subscribers.\(key)); found "
          + names.joined(separator: ", "))
    }
    key = try map.key.map { try column($0, "key") } ?? found.firstIndex(of: "key")
    lists = try map.lists.map { try column($0, "lists") } ?? found.firstIndex(of: "lists")
    let asFields = Set((map.fields ?? [:]).values.map { $0.trimmedSpace.lowercased() })
    func own(_ name: String) -> Int? { asFields.contains(name) ? nil : found.firstIndex(of: name) }
    status = try map.status.map { try column($0, "status") } ?? own("status")
    since = own("since")
    cause = own("cause")
    let named = try map.address.map { try column($0, "address") }
    guard let address = named ?? ColumnMap.addressNames.lazy.compactMap({ found.firstIndex(of: $0) }).first else {
      throw SubscriberError.form(
        path: path,
        problem: "line 1: expected the names of columns, one of them address or email; found "
          + "\(names.prefix(8).joined(separator: ", ")). If it has another name, say so in the configuration: "
          + #""subscribers": {"address": "NAME"}"#)
    }
    self.address = address
    if let fields = map.fields {
      self.fields = try fields.sorted { $0.key < $1.key }.map {
        Field(name: $0.key, column: try column($0.value, "fields.\($0.key)"), isJSON: false)
      }
    } else {
      let taken = Set([key, address, lists, status, since, cause].compactMap(\.self))
      fields = names.enumerated().compactMap { index, name in
        if taken.contains(index) || found[index].isEmpty { return nil }
        let isJSON = name.hasSuffix(":json")
        return Field(name: isJSON ? String(name.dropLast(5)) : name.trimmedSpace, column: index, isJSON: isJSON)
      }
    }
  }
}

extension String {
  /// Without spaces and tabs at its ends.
  var trimmedSpace: String {
    var slice = self[...]
    while let first = slice.first, first == " " || first == "\t" { slice.removeFirst() }
    while let last = slice.last, last == " " || last == "\t" { slice.removeLast() }
    return String(slice)
  }
}
