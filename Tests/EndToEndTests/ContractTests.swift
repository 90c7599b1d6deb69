import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// What scripts and other programs build on: exit codes, the two output streams, and files that any tool reads.
@Suite struct ContractTests {
  @Test func usageIs64() throws {
    try Mill.expect(64, ["run", "--no-such-option"])
    try Mill.expect(64, ["mill"])
    try Mill.expect(64, ["run", "--workers", "0"])
  }

  @Test func helpAndVersionAre0() throws {
    #expect(try Mill.expect(0, ["--version"]).output.first?.isNumber == true)
    #expect(try Mill.expect(0, ["--help"]).output.contains("inspect"))
  }

  @Test func badConfigurationIs78AndNamesFileAndKey() throws {
    let shop = try Workshop()
    let broken = try shop.write("broken.json", Data("{\"sources\": [".utf8))
    #expect(try Mill.expect(78, ["run", "--config", broken]).errors.contains("broken.json"))
    let stranger = try shop.write("stranger.json", Data("{\"sources\": [], \"sorces\": []}".utf8))
    let result = try Mill.expect(78, ["plan", "--config", stranger])
    #expect(result.errors.contains("stranger.json") && result.errors.contains("sorces"))
    try Mill.expect(78, ["run", "--config", shop.folder.appending(path: "none.json").path])
  }

  @Test func aLockedWorkspaceIs75() throws {
    let shop = try Workshop()
    try FileManager.default.createDirectory(at: shop.workspace, withIntermediateDirectories: true)
    let lock = open(shop.workspace.appending(path: "lock").path, O_RDWR | O_CREAT, 0o644)
    defer { close(lock) }
    try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let result = try Mill.expect(75, ["run", Mill.samples.path] + shop.here())
    #expect(result.errors.contains(shop.workspace.appending(path: "lock").path))
  }

  @Test func quarantineIs3AndKeepsTheRecord() throws {
    let shop = try Workshop()
    let mbox = try shop.write("bounces.mbox", SampleMail.mbox(0..<20))
    try Mill.expect(0, ["ingest", mbox] + shop.here())
    // The archive changes under our feet: one message no longer has the bytes that its identity was made of.
    var data = SampleMail.mbox(0..<20)
    let place = try #require(
      data.range(of: Data("user unknown".utf8), options: []) ?? data.range(of: Data("User unknown".utf8)))
    data.replaceSubrange(place, with: Data("USER UNKNOWN".utf8))
    try shop.write("bounces.mbox", data)
    try Mill.expect(3, shop.here("parse"))
    let manifest = try #require(try shop.manifests("parse").first)
    #expect(manifest.quarantined == 1 && manifest.input == 20 && manifest.output == 19)
    #expect(try shop.spool().keys.contains { $0.hasPrefix("quarantine/parse/") })
  }

  @Test func standardOutputIsDataOnly() throws {
    let shop = try Workshop()
    let workspace = ["--workspace", shop.workspace.path]
    let run = try Mill.expect(0, ["run", Mill.samples.path, "--json", "--verbose"] + workspace)
    _ = try JSONSerialization.jsonObject(with: Data(run.output.utf8))
    let status = try Mill.expect(0, ["status", "--json"] + workspace)
    _ = try JSONSerialization.jsonObject(with: Data(status.output.utf8))
    for line in try Mill.expect(0, ["plan", "--json"] + workspace).lines {
      _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
    }
    let logged = try Mill.expect(0, ["run", "--verbose", "--log-format", "json"] + workspace)
    for line in logged.errors.split(separator: "\n") { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
  }

  @Test func aWorkspaceRemembersItsSourcesAndKeepsWhatAPersonAdded() throws {
    let shop = try Workshop()
    let first = try shop.write("first.mbox", SampleMail.mbox(0..<5))
    let second = try shop.write("second.mbox", SampleMail.mbox(5..<10))
    try Mill.expect(0, ["run", first] + shop.here())
    let text = #"{"sources": ["../first.mbox"], "workspace": ".", "policy": {"hard_bounce": {"suppress": "never"}}}"#
    try shop.write("work/pipeline.json", Data(text.utf8))
    try Mill.expect(0, shop.here("run"))
    let file = shop.workspace.appending(path: "pipeline.json")
    #expect(try String(contentsOf: file, encoding: .utf8) == text, "nothing was added, so nothing is written")
    try Mill.expect(0, ["run", second] + shop.here())
    #expect(try String(contentsOf: file, encoding: .utf8).contains("hard_bounce"))
    #expect(try shop.value("SELECT count(*) FROM messages") == 10)
    #expect(try shop.value("SELECT count(*) FROM subscribers WHERE state = 'suppressed'") == 0)
  }

  @Test func theSmallestConfigurationWorks() throws {
    let shop = try Workshop()
    try shop.write("mail/bounces.mbox", SampleMail.mbox(0..<5))
    let file = try shop.write("pipeline.json", Data("{\"sources\":[{\"path\":\"mail\"}]}".utf8))
    try Mill.expect(0, ["run", "--config", file, "--quiet"], in: FileManager.default.temporaryDirectory)
    #expect(FileManager.default.fileExists(atPath: shop.database.path), "the workspace is beside the configuration")
  }
}

/// Other people's programs read the spool.
@Suite struct InteroperabilityTests {
  static func spooled(_ body: (_ files: [URL], _ records: Int) throws -> Void) throws {
    let shop = try Workshop()
    try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    let files = try shop.spool().keys.filter { $0.hasSuffix(".ndjson.gz") }.sorted()
      .map { shop.workspace.appending(path: $0) }
    let records = try ["ingest", "parse", "classify"].flatMap { try shop.manifests($0) }.map(\.output).reduce(0, +)
    try #require(files.count >= 3)
    try body(files, records)
  }

  @Test(.enabled(if: Tool.find("zcat") != nil && Tool.find("jq") != nil, "zcat or jq is not installed"))
  func zcatAndJqReadIt() throws {
    let (shell, jq) = (URL(fileURLWithPath: "/bin/sh"), "zcat \"$@\" | jq -e -c .id | wc -l")
    try Self.spooled { files, records in
      let result = try Tool.run(shell, ["-c", jq, "sh"] + files.map(\.path))
      #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
      #expect(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) == records)
    }
  }

  @Test(.enabled(if: Tool.find("gzip") != nil, "gzip is not installed"))
  func gzipFindsItWhole() throws {
    let gzip = try #require(Tool.find("gzip"))
    try Self.spooled { files, _ in
      let result = try Tool.run(gzip, ["-t"] + files.map(\.path))
      #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
    }
  }

  @Test(.enabled(if: Tool.find("python3") != nil, "python3 is not installed"))
  func pythonReadsIt() throws {
    let python = try #require(Tool.find("python3"))
    let program =
      "import gzip,json,sys; print(sum(1 for f in sys.argv[1:] for l in gzip.open(f,'rt') if json.loads(l)['id']))"
    try Self.spooled { files, records in
      let result = try Tool.run(python, ["-c", program] + files.map(\.path))
      #expect(Int(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) == records, "\(result.errors)")
    }
  }
}
