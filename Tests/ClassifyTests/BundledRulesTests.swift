import ByteSlices
import Foundation
import Records
import Rules
import Testing

@testable import Classify

@Suite struct BundledRulesTests {
  private static let rules = Result { try RuleSet.bundled() }

  /// Every rule's examples and counterexamples, judged by the whole set.
  @Test func examplesComeOutAsTheRulesSay() throws {
    let problems = try Self.rules.get().check()
    for problem in problems { Issue.record("\(problem.description)") }
  }

  @Test func everyFileOfTheFolderIsCompiledIn() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/Rules/categories").standardized
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
    #expect(RuleFile.bundled().map(\.name).sorted() == names.sorted())
  }

  @Test func everyReasonOfTheTaxonomyHasARule() throws {
    let known = Set(try Self.rules.get().rules.map { "\($0.category.rawValue)/\($0.reason)" })
    for category in Category.allCases {
      for reason in category.reasons {
        #expect(known.contains("\(category.rawValue)/\(reason)"), "no rule for \(category.rawValue)/\(reason)")
      }
    }
  }

  @Test func namesAreUnique() throws {
    let ids = try Self.rules.get().rules.map(\.id)
    #expect(Set(ids).count == ids.count)
  }

  /// What came before a message must not colour its verdict.
  @Test func aJudgeForgets() throws {
    let rules = try Self.rules.get()
    let used = try Judge(rules)
    let arena = Arena()
    for rule in rules.rules {
      for example in rule.examples + rule.counterexamples {
        arena.reset()
        let record = example.record(arena: arena)
        let verdict = used.judge(record, arena: arena).verdicts.map { "\($0.rule) \($0.field) \($0.recipient)" }
        let fresh = try Judge(rules).judge(record, arena: arena).verdicts.map {
          "\($0.rule) \($0.field) \($0.recipient)"
        }
        #expect(verdict == fresh)
      }
      if rule.rank > 60 { break }
    }
  }
}

extension Rule {
  /// A tenth of the rules is enough to tell: a fresh judge for each example of all would take a minute.
  fileprivate var rank: Int { Int(file.prefix(2)) ?? 0 }
}
