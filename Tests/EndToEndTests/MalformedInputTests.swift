import Foundation
import Testing

/// Nothing that lies in an archive may stop the mill, or get lost in it.
@Suite struct MalformedInputTests {
  static let cases: [String: Data] = {
    func text(_ text: String) -> Data { Data(text.utf8) }
    let nested = (0..<400).map { "Content-Type: multipart/mixed; boundary=b\($0)\n\n--b\($0)\n" }.joined()
    return [
      "blank-lines.eml": text("\n\n\n\r\n"),
      "only-a-line.eml": text("hello"),
      "nul.eml": Data("Subject: a\0b\n\n".utf8) + Data(repeating: 0, count: 4096),
      "binary.eml": Data((0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ $0 >> 8) }),
      "cr-only.eml": text("From: a@example.net\rTo: b@example.org\rSubject: hi\r\rhello\r"),
      "one-long-line.eml": text("Subject: ") + Data(repeating: 0x78, count: 2 << 20),
      "deep.eml": text("From: a@example.net\n" + nested),
      "many-headers.eml": text((0..<20_000).map { "X-\($0): \($0)\n" }.joined() + "\nbody\n"),
      "no-closing-boundary.eml": text(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\n\nfailed\n--x\n"
          + "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822"),
      "empty-boundary.eml": text("Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\na\n----\n"),
      "bad-base64.eml": text("Content-Transfer-Encoding: base64\n\n=?!*QUJD$$\n=\n"),
      "bad-charset.eml": text("Content-Type: text/plain; charset=x-\u{1F980}\nSubject: =?x?q?=?=\n\nhé"),
      "unended-encoded-word.eml": text("Subject: =?utf-8?B?w6TDtsO8\nFrom: =?iso-2022-jp?B?GyRC?= <a@example.net>\n\n"),
      "separator-only.mbox": text("From MAILER-DAEMON Thu Oct  9 06:00:19 2025\n"),
      "truncated.mbox": SampleMail.mbox(0..<3).dropLast(700),
      "no-last-newline.mbox": SampleMail.mbox(0..<2).dropLast(2),
      "lying-content-length.mbox": text(
        "From a@example.net Thu Oct  9 06:00:19 2025\nContent-Length: 99999999\nSubject: x\n\nbody\n\n"
          + "From b@example.net Thu Oct  9 06:00:20 2025\nSubject: y\n\nbody\n\n"),
    ]
  }()

  @Test func everythingPassesAndNothingIsLost() throws {
    let shop = try Workshop()
    for (name, data) in Self.cases { try shop.write("mail/\(name)", data) }
    let result = try Mill.run(["run", shop.folder.appending(path: "mail").path] + shop.here())
    #expect([0, 3].contains(result.code), "\(result.errors)")
    for stage in ["ingest", "parse", "classify"] {
      for manifest in try shop.manifests(stage) { #expect(manifest.input == manifest.output + manifest.quarantined) }
    }
    let ingested = try shop.manifests("ingest").map(\.output).reduce(0, +)
    #expect(ingested >= Self.cases.count)
    #expect(try shop.manifests("classify").map(\.output).reduce(0, +) == ingested)
  }

  @Test func everyFileNamedGivesALine() throws {
    let shop = try Workshop()
    let files = try Self.cases.map { try shop.write("mail/\($0)", $1) }
    let empty = try shop.write("mail/empty.eml", Data())
    let lines = try InspectTests.inspect(files + [empty])
    for file in files + [empty] { #expect(lines.contains { $0.source.path == file }, "\(file)") }
    for line in lines { #expect(!line.verdicts.isEmpty) }
  }

  @Test func aMessageCutAnywhereStillGetsAVerdict() throws {
    let shop = try Workshop()
    var random = RestartTests.Seeded(state: 5321)
    var files: [String] = []
    let folder = Mill.samples.appending(path: "eml")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
      let data = try Data(contentsOf: folder.appending(path: name))
      for cut in 0..<8 {
        files.append(try shop.write("\(cut)-\(name)", data.prefix(Int.random(in: 1..<data.count, using: &random))))
      }
    }
    #expect(try InspectTests.inspect(files).count >= files.count)
  }

  @Test func aBrokenGzipIsSaidAndTheRestGoesOn() throws {
    let shop = try Workshop()
    let whole = try Data(contentsOf: Mill.samples.appending(path: "replies.mbox.gz"))
    try shop.write("mail/cut.mbox.gz", whole.prefix(whole.count / 2))
    try shop.write("mail/good.mbox", SampleMail.mbox(0..<5))
    let result = try Mill.run(["run", shop.folder.appending(path: "mail").path] + shop.here())
    #expect(result.code != 0 && result.code < 128, "a loss must show in the exit code")
    #expect(result.errors.contains("cut.mbox.gz"))
  }
}
