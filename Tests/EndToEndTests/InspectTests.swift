import Foundation
import Testing

@Suite struct InspectTests {
  /// The archives of samples/, as golden.ndjson was made from them: from the root folder, with relative paths.
  static let archives = [
    "samples/bounces.mbox", "samples/exchange.mbox", "samples/replies.mbox.gz", "samples/eml", "samples/maildir",
  ]

  struct Line: Decodable {
    struct Source: Decodable { var path: String }
    struct Verdict: Decodable {
      var recipient: String?
      var category: String
      var reason: String
      var rule: String
    }
    var source: Source
    var id: String
    var category: String
    var verdicts: [Verdict]
  }

  static func inspect(_ arguments: [String]) throws -> [Line] {
    try Mill.expect(0, ["inspect", "--json", "--"] + arguments).lines.map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  @Test func samplesAreJudgedAsRecorded() throws {
    let golden = try String(contentsOf: Mill.samples.appending(path: "golden.ndjson"), encoding: .utf8)
      .split(separator: "\n")
    let lines = try Mill.expect(0, ["inspect", "--json", "--"] + Self.archives).lines
    #expect(lines.count == golden.count)
    for (line, recorded) in zip(lines, golden) { #expect(line == recorded) }
  }

  @Test func samplesAreJudgedAsTheirWriterMeansThem() throws {
    let judged = Dictionary(
      try Self.inspect(Self.archives).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for expectation in try SampleMail.expectations() {
      let line = try #require(judged[expectation.id], "\(expectation.path): no message with this SHA-256")
      let verdict = line.verdicts.first { ($0.recipient ?? "").lowercased() == expectation.recipient.lowercased() }
      #expect(
        verdict.map { "\($0.category)/\($0.reason)" } == "\(expectation.category)/\(expectation.reason)",
        "\(expectation.path): \(expectation.recipient): \(line.verdicts)")
    }
  }

  @Test func oneWorkerAndTwoPrintTheSame() throws {
    let one = try Mill.expect(0, ["inspect", "--json", "--workers", "1", "--"] + Self.archives)
    let two = try Mill.expect(0, ["inspect", "--json", "--workers", "2", "--"] + Self.archives)
    #expect(one.output == two.output)
  }

  @Test func whatIsMissingIsNamedAndTheRestIsJudged() throws {
    let result = try Mill.expect(65, ["inspect", "--json", "--", "samples/nowhere.eml", "samples/eml/challenge.eml"])
    #expect(result.errors.contains("samples/nowhere.eml"))
    #expect(result.output.contains("\"challenge\""))
  }
}
