import Foundation
import Testing

@testable import Review

@Suite struct ReferenceTests {
  /// `docs/rules.md` is made from the rules: whoever changes a rule makes it anew.
  @Test func theReferencePageIsCurrent() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../docs/rules.md")
    let text = try String(contentsOf: page.standardizedFileURL, encoding: .utf8)
    #expect(try RuleReference().text == text, "docs/rules.md is out of date; run: returnmill rules doc docs/rules.md")
  }
}
