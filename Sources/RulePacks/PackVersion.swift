/// A pack's version: numbers with dots between them, compared number by number, so that 1.10 is newer than 1.9.
public struct PackVersion: Sendable, Equatable, Comparable, CustomStringConvertible, Codable {
  public let description: String
  private let numbers: [Int]

  /// nil when the text is something else.
  public init?(_ text: String) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.utf8.allSatisfy { $0 &- 0x30 < 10 } && part.count <= 9 ? Int(part) : nil
    }
    guard numbers.count == parts.count, (1...6).contains(numbers.count) else { return nil }
    description = text
    self.numbers = numbers
  }

  public static func < (a: PackVersion, b: PackVersion) -> Bool {
    a.trimmed.lexicographicallyPrecedes(b.trimmed)
  }

  /// 1.2 and 1.2.0 are the same version.
  public static func == (a: PackVersion, b: PackVersion) -> Bool { a.trimmed == b.trimmed }

  private var trimmed: ArraySlice<Int> {
    var numbers = numbers[...]
    while numbers.last == 0 { numbers.removeLast() }
    return numbers
  }

  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let version = PackVersion(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "expected numbers with dots between them"))
    }
    self = version
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
