import Transport

/// Takes the settings of a disposition apart key by key, so that what nobody asked for is named as a mistake.
final class SettingsReader {
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private let decoder: any Decoder
  private let values: KeyedDecodingContainer<Key>
  private var known: [String] = []
  private var found: [String: String] = [:]

  init(_ decoder: any Decoder) throws {
    self.decoder = decoder
    values = try decoder.container(keyedBy: Key.self)
  }

  /// A value that may be missing.
  func optional<Value: Decodable>(_ key: String, _ type: Value.Type = Value.self) throws -> Value? {
    known.append(key)
    let value = try values.decodeIfPresent(type, forKey: Key(key))
    if let value { found[key] = "\(value)" }
    return value
  }

  /// A value that must be there.
  func required<Value: Decodable>(_ key: String, _ type: Value.Type = Value.self) throws -> Value {
    guard let value = try optional(key, type) else { throw problem("\"\(key)\" is missing") }
    return value
  }

  /// A path, made absolute.
  func path(_ key: String) throws -> String {
    let path = try required(key, String.self)
    guard !path.isEmpty else { throw problem("\"\(key)\": expected a path") }
    return decoder.absolute(path)
  }

  /// A number within bounds.
  func number<Value: Decodable & Comparable>(_ key: String, in range: ClosedRange<Value>, default: Value) throws
    -> Value
  {
    guard let value = try optional(key, Value.self) else { return `default` }
    guard range.contains(value) else {
      throw problem("\"\(key)\": expected \(range.lowerBound) to \(range.upperBound), found \(value)")
    }
    return value
  }

  /// Certificates: `ca_file` and `verify`.
  func tls() throws -> TLS {
    TLS(
      caFile: try optional("ca_file", String.self).map(decoder.absolute),
      verify: try optional("verify", Bool.self) ?? true)
  }

  func problem(_ words: String) -> DecodingError { decoder.problem(words) }

  /// Complains of keys that nobody asked for.
  func end() throws { try decoder.refuseKeys(besides: known) }

  /// The same text for the same settings.
  var canonical: String { found.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}
