import Foundation
import Testing

@testable import Compose
@testable import Pipeline

@Suite struct CampaignFileTests {
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "returnmill-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("\u{FEFF}Dear {{name}}\r\n".utf8).write(to: URL(fileURLWithPath: folder + "/a.txt"))
    try Data("Yours".utf8).write(to: URL(fileURLWithPath: folder + "/foot.mustache"))
  }

  private func read(_ changes: [String: Any] = [:]) throws -> CampaignFile {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var members: [String: Any] = [
      "name": "spring", "date": "2026-03-01T10:00:00+01:00", "from": "\"Books, old\" <news@example.org>",
      "subject": "Hello", "text": "a.txt",
    ]
    for (key, value) in changes { members[key] = value is NSNull ? nil : value }
    let path = folder + "/campaign.json"
    try JSONSerialization.data(withJSONObject: members).write(to: URL(fileURLWithPath: path))
    return try CampaignFile(path)
  }

  private func problem(_ changes: [String: Any]) -> String {
    do {
      _ = try read(changes)
      return ""
    } catch { return "\(error)" }
  }

  @Test func membersAreRead() throws {
    let file = try read([
      "defaults": ["points": 3, "city": "Ulm"], "list_id": "Letters <letters.example.org>",
      "unsubscribe": ["url": "https://example.org/u/{token}", "address": "u+{token}@example.org"],
      "send": ["smtp": ["url": "smtp://localhost:2525", "connections": 3], "rate": 7],
    ])
    let campaign = file.campaign
    #expect(campaign.date == 1_772_355_600)
    #expect(campaign.from == .init(name: "Books, old", address: "news@example.org"))
    #expect(campaign.text?.text == "Dear {{name}}\n")
    #expect(campaign.partials["foot"]?.text == "Yours")
    #expect(campaign.defaults == ["points": "3", "city": "Ulm"])
    #expect(campaign.listID == .init(name: "Letters", address: "letters.example.org"))
    #expect(campaign.feedbackID == "spring:all:campaign:example.org")
    #expect(campaign.unsubscribe.address?.address("x") == "u+x@example.org")
    #expect(file.connections == 3 && file.rate == 7)
    guard case .smtp(let server) = file.destination else {
      Issue.record("no server")
      return
    }
    #expect(server.url == "smtp://localhost:2525")
  }

  @Test(arguments: [
    (#"{"name": "a/b"}"#, "\"name\": expected"), (#"{"name": null}"#, "\"name\" is missing"),
    (#"{"date": "tomorrow"}"#, "\"date\": expected a date"),
    (#"{"date": "2026-03-01T10:00:00"}"#, "\"date\": expected a date"),
    (#"{"from": "nobody"}"#, "\"from\": expected an address"), (#"{"text": null}"#, "\"text\" is missing"),
    (#"{"text": "b.txt"}"#, "b.txt"), (#"{"list_id": "letters"}"#, "\"list_id\": expected a name"),
    (#"{"headers": {"Subject": "x"}}"#, "Subject is written by compose"),
    (#"{"headers": {"a b": "x"}}"#, "can't be the name"),
    (#"{"unsubscribe": {"url": "http://example.org/{token}"}}"#, "expected an https address"),
    (#"{"unsubscribe": {"address": "u@example.org"}}"#, "expected {token} once"),
    (#"{"send": {"maildir": "a", "mbox": "b"}}"#, "expected one of"),
    (#"{"defaults": {"address": "x"}}"#, "filled in by compose"), (#"{"sned": {}}"#, "unknown key \"sned\""),
  ])
  func mistakesAreNamed(_ changes: String, _ expected: String) throws {
    let object = try JSONSerialization.jsonObject(with: Data(changes.utf8)) as? [String: Any] ?? [:]
    let found = problem(object)
    #expect(found.contains(expected), "\(found)")
    #expect(found.contains(folder))
  }

  @Test func returnPathsAreConfigured() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func configuration(_ text: String) throws -> Configuration {
      let path = folder + "/pipeline.json"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      return try Configuration(file: path)
    }
    let read = try configuration(
      #"{"return_path": {"keys": "keys", "address": "b+{token}@example.org", "act_on_unverified": ["redirect"]}}"#)
    #expect(read.returnPath?.keys == folder + "/keys" && read.returnPath?.days == 90)
    #expect(read.policy.actOnUnverified == [.redirect])
    #expect(throws: ConfigurationError.self) { try read.returnPath?.keyring() }
    #expect(try configuration(#"{"return_path": {"keys": "env:KEYS"}}"#).returnPath?.keys == "env:KEYS")
    for bad in [
      #"{"address": "b+{token}@example.org"}"#, #"{"keys": "k", "address": "b@example.org"}"#,
      #"{"keys": "k", "act_on_unverified": "bounces"}"#, #"{"keys": "k", "key": 1}"#,
    ] {
      #expect(throws: ConfigurationError.self, "\(bad)") { try configuration(#"{"return_path": \#(bad)}"#) }
    }
  }
}
