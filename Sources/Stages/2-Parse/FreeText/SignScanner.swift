import ByteSlices
import Patterns

/// The fields in which dialects look for their signs.
enum SignField: String, CaseIterable, Sendable {
  case headers
  case subject
  case from
  case text
}

/// All patterns that a field is looked at with, and the sign that each stands for.
struct SignDatabase: Sendable {
  let patterns: PatternDatabase?
  let numbers: [Int]

  /// Fails with the index of the first pattern that is wrong.
  init(_ signs: [(pattern: String, number: Int)]) throws(SignError) {
    numbers = signs.map(\.number)
    do {
      patterns = signs.isEmpty ? nil : try PatternDatabase(expressions: signs.map(\.pattern), dotAll: false)
    } catch let refusal as PatternDatabase.Refusal {
      throw SignError(words: refusal.failures.first?.message ?? "", index: refusal.failures.first?.index ?? -1)
    } catch {
      throw SignError(words: "\(error)", index: -1)
    }
  }
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

  mutating func insert(_ number: Int) { words[number >> 6] |= 1 << UInt64(number & 63) }
}
