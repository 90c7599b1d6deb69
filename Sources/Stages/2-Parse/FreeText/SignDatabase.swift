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
