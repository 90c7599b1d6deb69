import ByteSlices
import CVectorscan

/// The fields in which dialects look for their signs.
enum SignField: String, CaseIterable, Sendable {
  case headers
  case subject
  case from
  case text
}

/// All patterns that a field is looked at with, in one Vectorscan database: a scan says which of them stand in it.
final class SignDatabase: @unchecked Sendable {
  // Immutable once compiled; Vectorscan lets threads share it, each with its own scratch.
  let database: OpaquePointer?

  /// `signs` are patterns with the numbers that a scan reports. Fails with the index of the one that is wrong.
  init(_ signs: [(pattern: String, number: Int)]) throws(SignError) {
    guard !signs.isEmpty else {
      database = nil
      return
    }
    let flags = UInt32(HS_FLAG_CASELESS | HS_FLAG_MULTILINE | HS_FLAG_SINGLEMATCH)
    let texts = signs.map { Array($0.pattern.utf8) + [0] }
    var pointers: [UnsafePointer<CChar>?] = []
    let flat = texts.flatMap { $0 }
    let place = UnsafeMutablePointer<CChar>.allocate(capacity: flat.count)
    defer { place.deallocate() }
    for (i, byte) in flat.enumerated() { place[i] = CChar(bitPattern: byte) }
    var at = 0
    for text in texts {
      pointers.append(UnsafePointer(place + at))
      at += text.count
    }
    let numbers = signs.map { UInt32($0.number) }
    let everyFlag = [UInt32](repeating: flags, count: signs.count)
    var built: OpaquePointer?
    var error: UnsafeMutablePointer<hs_compile_error_t>?
    let result = hs_compile_multi(
      pointers, everyFlag, numbers, UInt32(signs.count), UInt32(HS_MODE_BLOCK), nil, &built, &error)
    defer { hs_free_compile_error(error) }
    guard result == HS_SUCCESS else {
      let words = error.flatMap { $0.pointee.message }.map { String(cString: $0) } ?? "unknown error \(result)"
      throw SignError(words: words, index: Int(error?.pointee.expression ?? -1))
    }
    database = built
  }

  deinit { hs_free_database(database) }
}

/// Why a sign's pattern does not compile; `index` is its place among those given, or -1.
struct SignError: Error {
  let words: String
  let index: Int
}

/// A set of small numbers.
struct Signs {
  private(set) var words: [UInt64]

  init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64 + 1) }

  mutating func removeAll() { for i in words.indices { words[i] = 0 } }
  /// True when they share a number with a set that is given as bits.
  func intersects(_ others: [UInt64]) -> Bool {
    for (word, other) in zip(words, others) where word & other != 0 { return true }
    return false
  }

  func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 == 1 }

  /// Scans `bytes` and adds the numbers of the patterns that stand in them.
  mutating func scan(_ bytes: ByteSlice, _ database: SignDatabase, _ scratch: OpaquePointer?) {
    guard let compiled = database.database, let scratch, bytes.count > 0 else { return }
    let length = UInt32(clamping: bytes.count)
    words.withUnsafeMutableBufferPointer { words in
      _ = bytes.base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { start in
        hs_scan(
          compiled, start, length, 0, scratch,
          { number, _, _, _, context in
            let words = context!.assumingMemoryBound(to: UInt64.self)
            words[Int(number >> 6)] |= 1 << UInt64(number & 63)
            return 0
          }, words.baseAddress)
      }
    }
  }
}
