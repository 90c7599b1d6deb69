import ByteSlices
import Mail

/// The headers that dialects look at. The others need not be decoded, nor laid out, for them.
struct SignHeaders: Sendable {
  private struct Name {
    let key: UInt32
    let bytes: [UInt8]
  }

  /// Nil when a pattern does not say at its beginning which header it is about.
  private let names: [Name]?
  /// What their keys come down to, as bits: nearly all other headers are told by that.
  private let looks: UInt64

  /// - Parameter patterns: of whole header lines, the name in lower case.
  init(_ patterns: [String]) {
    var all: Set<String> = []
    for pattern in patterns {
      guard let names = SignHeaders.names(in: pattern) else {
        self.names = nil
        looks = 0
        return
      }
      all.formUnion(names)
    }
    let sorted = all.sorted().map { name in
      let bytes = Array(name.utf8)
      return Name(key: bytes.withByteSlice(HeaderField.key), bytes: bytes)
    }
    names = sorted
    looks = sorted.reduce(0) { $0 | SignHeaders.look($1.key) }
  }

  private static func look(_ key: UInt32) -> UInt64 { 1 << UInt64((key >> 16 &* 11 ^ key >> 8 ^ key) & 63) }

  func shows(_ field: HeaderField) -> Bool {
    guard let names else { return true }
    guard looks & SignHeaders.look(field.key) != 0 else { return false }
    for name in names where name.key == field.key {
      if name.bytes.withByteSlice({ field.name.equals(caseless: $0) }) { return true }
    }
    return false
  }

  /// What `^name:`, `^(name|name):` and `^na(me|mes):` are about; nil for anything else.
  static func names(in pattern: String) -> Set<String>? {
    guard pattern.hasPrefix("^"), let colon = pattern.firstIndex(of: ":") else { return nil }
    let head = pattern[pattern.index(after: pattern.startIndex)..<colon]
    let pieces = head.split(omittingEmptySubsequences: false) { $0 == "(" || $0 == ")" }
    guard pieces.count == 1 || head.filter({ $0 == "(" || $0 == ")" }) == "()" else { return nil }
    let middle = pieces.count == 3 ? pieces[1].split(separator: "|", omittingEmptySubsequences: false) : [""]
    let names = middle.map { String(pieces[0]) + $0 + (pieces.count == 3 ? pieces[2] : "") }
    let isPlain = names.allSatisfy { name in
      !name.isEmpty && name.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == 0x2D }
    }
    return isPlain ? Set(names) : nil
  }
}
