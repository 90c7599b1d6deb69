import Foundation
import Testing

@Suite struct WholePipelineTests {
  @Test func samplesGoThroughAndNothingIsLost() throws {
    let shop = try Workshop()
    try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    let rows = try SampleMail.expectations()
    let messages = rows.reduce(into: Set<String>()) { $0.insert($1.path + $1.id) }.count
    for stage in ["ingest", "parse", "classify"] {
      let manifests = try shop.manifests(stage)
      #expect(manifests.map(\.output).reduce(0, +) == messages, "\(stage)")
      for manifest in manifests { #expect(manifest.input == manifest.output + manifest.quarantined) }
    }
    let distinct = Set(rows.map(\.id)).count
    #expect(try shop.value("SELECT count(*) FROM messages") == distinct)
    #expect(try shop.value("SELECT count(*) FROM duplicates") == messages - distinct)
    #expect(try shop.value("SELECT count(DISTINCT category) FROM events") == 11)
  }

  @Test func whoIsSuppressedAndWhoIsNot() throws {
    let shop = try Workshop()
    try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    func state(_ address: String) throws -> Int? {
      try shop.value("SELECT state = 'suppressed' FROM subscribers WHERE address_key = '\(address)'")
    }
    #expect(try state("ada.quill@example.net") == 1, "user unknown")
    #expect(try state("nadine.peel@example.org") == 1, "asked to be removed")
    #expect(try state("harriet@mail.example.net") == 1, "complained")
    #expect(try state("emil.sand@example.com") == 0, "blocked: it was about the sender")
    #expect(try state("gustav.holm@example.org") == 0, "too big: it was about the message")
    #expect(try state("e.brinkmann@werft.example.org") == 0, "out of office")
    #expect(try state("karl@mail.example.net") == 0, "an authentication report is no complaint")
  }

  @Test func customersReachCustomerService() throws {
    let shop = try Workshop()
    try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    let folder = shop.workspace.appending(path: "customer-service/new")
    let mails = try FileManager.default.contentsOfDirectory(atPath: folder.path).map {
      String(decoding: try Data(contentsOf: folder.appending(path: $0)), as: UTF8.self)
    }
    let customer = try #require(mails.first { $0.contains("Abigail Storr") })
    #expect(customer.contains("\nFrom here on I shall be at sea"), "the mbox's quoting is taken off")
    #expect(!mails.contains { $0.contains("User unknown in virtual mailbox table") })
    #expect(!mails.contains { $0.contains("nicht im Büro") })
  }

  @Test func aSecondRunFindsAllFresh() throws {
    let shop = try Workshop()
    try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    let (times, rows) = (try shop.spoolTimes(), try shop.rows())
    let service = shop.workspace.appending(path: "customer-service/new")
    let delivered = try FileManager.default.contentsOfDirectory(atPath: service.path).sorted()
    let again = try Mill.expect(0, ["run", Mill.samples.path] + shop.here())
    #expect(again.output.contains("fresh"))
    #expect(try shop.spoolTimes() == times)
    #expect(try shop.rows() == rows)
    #expect(try FileManager.default.contentsOfDirectory(atPath: service.path).sorted() == delivered)
  }

  @Test func theSourceIsSacred() throws {
    let shop = try Workshop()
    let copy = try shop.copy(Mill.samples, as: "samples")
    func state() throws -> [String: [FileAttributeKey: String]] {
      var files: [String: [FileAttributeKey: String]] = [:]
      for case let name as String in FileManager.default.enumerator(atPath: copy.path) ?? .init() {
        let attributes = try FileManager.default.attributesOfItem(atPath: copy.appending(path: name).path)
        files[name] = [.modificationDate, .size].reduce(into: [:]) { $0[$1] = attributes[$1].map { "\($0)" } }
      }
      return files
    }
    let before = try state()
    try Mill.expect(0, ["run", copy.path] + shop.here())
    #expect(try state() == before)
  }

  @Test func aDryRunChangesNothing() throws {
    let shop = try Workshop()
    try Mill.expect(0, ["run", Mill.samples.path, "--dry-run"] + shop.here())
    let service = shop.workspace.appending(path: "customer-service/new").path
    #expect((try? FileManager.default.contentsOfDirectory(atPath: service))?.isEmpty ?? true)
    if FileManager.default.fileExists(atPath: shop.database.path) {
      #expect(try shop.value("SELECT count(*) FROM subscribers WHERE state = 'suppressed'") == 0)
    }
  }
}
