import ByteSlices
import Testing

@testable import Mail
@testable import Parse

@Suite struct SignHeadersTests {
  @Test(arguments: [
    ("^x-mailer: <?smtp32", ["x-mailer"]), ("^(x-mailer|x-postmaster):.*daemon", ["x-mailer", "x-postmaster"]),
    ("^list-(id|post):", ["list-id", "list-post"]),
  ]) func namesStandAtTheBeginning(_ pattern: String, _ names: [String]) {
    #expect(SignHeaders.names(in: pattern) == Set(names))
  }

  @Test(arguments: ["daemon", "^x-.*: daemon", "x-mailer: a", "^(a|(b|c)):", "^precedence", "^a?b:", "^:"])
  func whatIsLessPlainIsAboutAnyHeader(_ pattern: String) { #expect(SignHeaders.names(in: pattern) == nil) }

  @Test func onlyNamedHeadersAreShown() {
    func shown(_ patterns: [String], _ name: String) -> Bool {
      name.withByteSlice { SignHeaders(patterns).shows(HeaderField(name: $0, value: .empty)) }
    }
    #expect(shown(["^list-(id|post):"], "List-ID"))
    #expect(!shown(["^list-(id|post):"], "List-Unsubscribe"))
    #expect(shown(["^list-(id|post):", "anything"], "List-Unsubscribe"))
  }

  /// Were one of the program's own less plain, all headers of all messages would be laid out.
  @Test func theProgramsOwnDialectsNameTheirHeaders() throws {
    let headers = try DialectSet.bundled().signHeaders
    let noise = "DKIM-Signature".withByteSlice { headers.shows(HeaderField(name: $0, value: .empty)) }
    #expect(!noise)
  }
}
