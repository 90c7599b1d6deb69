import ByteSlices

/// Finds the case of an enumeration that a record spells out, without making a `String`.
struct Spellings<Value: RawRepresentable & CaseIterable & Sendable>: Sendable where Value.RawValue == String {
  private let known: [(text: StaticSpelling, value: Value)]

  init(_: Value.Type) { known = Value.allCases.map { (StaticSpelling($0.rawValue), $0) } }

  func value(of text: ByteSlice) -> Value? {
    for (spelling, value) in known where spelling.slice == text { return value }
    return nil
  }
}

/// Bytes that live as long as the program.
private struct StaticSpelling: @unchecked Sendable {
  let slice: ByteSlice

  init(_ text: String) {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: text.utf8.count)
    for (offset, byte) in text.utf8.enumerated() { bytes[offset] = byte }
    slice = ByteSlice(base: bytes, count: text.utf8.count)
  }
}

extension Category {
  private static let spellings = Spellings(Category.self)
  init?(_ text: ByteSlice) {
    guard let value = Category.spellings.value(of: text) else { return nil }
    self = value
  }
}

extension AddressProvenance {
  private static let spellings = Spellings(AddressProvenance.self)
  init?(_ text: ByteSlice) {
    guard let value = AddressProvenance.spellings.value(of: text) else { return nil }
    self = value
  }
}

extension ArchiveFormat {
  private static let spellings = Spellings(ArchiveFormat.self)
  init?(_ text: ByteSlice) {
    guard let value = ArchiveFormat.spellings.value(of: text) else { return nil }
    self = value
  }
}
