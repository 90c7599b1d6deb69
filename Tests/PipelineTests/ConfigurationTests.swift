import Act
import Foundation
import Testing

@testable import Parse
@testable import Pipeline

@Suite struct ConfigurationTests {
  private func read(_ text: String) throws -> Configuration {
    let folder = NSTemporaryDirectory() + "configuration-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try text.write(toFile: folder + "/pipeline.json", atomically: true, encoding: .utf8)
    return try Configuration(file: folder + "/pipeline.json")
  }

  private func complaint(_ text: String) -> String {
    do {
      _ = try read(text)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func theSmallestFileIsEnough() throws {
    let configuration = try read(#"{"sources":[{"path":"mail"}]}"#)
    let folder = (configuration.workspace.root as NSString).deletingLastPathComponent
    #expect(configuration.workspace.root == folder + "/work")
    #expect(configuration.sources == [.init(path: folder + "/mail")])
    #expect(configuration.database == folder + "/work/returnmill.sqlite")
    #expect(configuration.dispositions.folders["customer_service"] == folder + "/work/customer-service")
    #expect(configuration.policy == .default)
  }

  @Test func everythingCanBeSaid() throws {
    let configuration = try read(
      """
      {"sources": ["/var/mail/returned", {"path": "box.mbox", "embed": true}], "workspace": "/srv/mill",
       "rules": ["our-rules"], "database": "/srv/log.sqlite", "headers": ["X-Campaign"], "original_headers": "X-Id",
       "dispositions": {"folders": {"customer_service": "cs", "delivery_team": "/srv/dt"}},
       "policy": {"soft_bounce": {"suppress": {"after": 3, "days": 10}}}, "brake": {"count": 10, "share": 0.5},
       "limits": {"message_bytes": 1000000, "nesting": 8, "recipients": 5}}
      """)
    #expect(configuration.limits.messageBytes == 1_000_000)
    #expect(configuration.limits.parts == Limits().parts)
    #expect(configuration.parseOptions.depth == 8)
    #expect(configuration.parseOptions.recipients == 5)
    #expect(configuration.sources.map(\.embed) == [false, true])
    #expect(configuration.sources[0].path == "/var/mail/returned")
    #expect(configuration.workspace.root == "/srv/mill")
    #expect(configuration.headers == ["x-campaign"])
    #expect(configuration.originalHeaders == ["x-id"])
    #expect(configuration.dispositions.folders["customer_service"]?.hasSuffix("/cs") == true)
    #expect(configuration.dispositions.folders["delivery_team"] == "/srv/dt")
    let entry = configuration.policy.entry(category: "soft_bounce", reason: "expired").entry
    #expect(entry.suppress == .after(3, days: 10))
    #expect(configuration.brake.count == 10)
  }

  @Test(arguments: [
    (#"{"sources":[{"path":"mail"}],"#, "not valid JSON"),
    (#"[]"#, "expected an object"),
    (#"{"sorces":[]}"#, #"unknown key "sorces"; known are"#),
    (#"{"sources":[{"embed":true}]}"#, #"sources[0]: "path" or "mailbox" is missing"#),
    (
      #"{"sources":[{"path":"a","imbed":true}]}"#,
      #"sources[0]: unknown key "imbed"; known are afterwards, ca_file, embed, mailbox"#
    ),
    (#"{"sources":"mail"}"#, #""sources": expected a list"#),
    (#"{"headers":[1]}"#, #""headers": expected a list of strings"#),
    (#"{"workspace":""}"#, #""workspace": expected a string"#),
    (#"{"policy":{"mail_block":{"suppress":"at_once"}}}"#, "mail_block never suppresses an address"),
    (#"{"limits":{"parts":0}}"#, #"limits: "parts": expected a whole number from 1 to"#),
    (#"{"limits":{"nesting":1000}}"#, #"limits: "nesting": expected a whole number from 1 to 128"#),
    (#"{"limits":{"part":5}}"#, #"limits: unknown key "part"; known are"#),
    (#"{"limits":5}"#, "limits: expected an object"),
    (#"{"brake":{"share":7}}"#, "a share from 0 to 1"),
  ])
  func aMistakeIsNamed(_ text: String, _ words: String) {
    let complaint = complaint(text)
    #expect(complaint.contains(words), "\(complaint)")
    #expect(complaint.contains("pipeline.json"))
  }

  @Test func aFileThatIsNotThereSaysWhatToDo() {
    #expect {
      try Configuration(file: "/nowhere/pipeline.json")
    } throws: { error in
      "\(error)".contains("/nowhere/pipeline.json") && "\(error)".contains("--config")
    }
  }

  @Test func aMailboxIsASource() throws {
    let configuration = try read(
      """
      {"sources": [
        {"mailbox": "imaps://mail.example.org/Lists/Bounces", "user": "mill", "password": {"file": "secret"},
         "ca_file": "ca.pem", "afterwards": {"move": "Judged"}, "name": "bounces", "timeout": 20},
        {"mailbox": "pop3s://mill@pop.example.org", "token": {"command": ["oauth", "mill"]}, "afterwards": "delete",
         "path": "box"}
      ]}
      """)
    let folder = (configuration.workspace.root as NSString).deletingLastPathComponent
    #expect(configuration.sources.map(\.path) == [folder + "/work/fetch/bounces", folder + "/box"])
    let mailboxes = configuration.sources.compactMap(\.mailbox)
    #expect(mailboxes.map(\.maildir) == configuration.sources.map(\.path))
    #expect(mailboxes.map(\.afterwards) == [.move("Judged"), .delete])
    #expect(mailboxes[0].password == .file(folder + "/secret"))
    #expect(mailboxes[0].authorities == folder + "/ca.pem")
    #expect(mailboxes[0].timeout == 20)
    #expect(mailboxes[1].token == .command(["oauth", "mill"]))
    #expect(mailboxes[1].name == "mill@pop.example.org")

    // Another workspace has its own Maildirs; one that the file placed elsewhere stays there.
    var moved = configuration
    moved.move(to: "/srv/mill")
    #expect(moved.sources.map(\.path) == ["/srv/mill/fetch/bounces", folder + "/box"])
    #expect(moved.sources.compactMap(\.mailbox).map(\.maildir) == moved.sources.map(\.path))

    // What a workspace remembers of them says the same.
    let copy = try read(
      try configuration.encoded(over: Data(#"{"workspace": "\#(configuration.workspace.root)"}"#.utf8)))
    #expect(copy.sources == configuration.sources)
  }

  @Test(arguments: [
    (#"{"mailbox": "imaps://a@h.example"}"#, #"expected "password" or "token""#),
    (#"{"mailbox": "imaps://a@h.example", "password": "secret"}"#, #""password": "#),
    (#"{"mailbox": "imaps://a@h.example", "password": {"plain": "x"}}"#, #"unknown key "plain""#),
    (#"{"mailbox": "http://a@h.example", "password": {"file": "x"}}"#, "http: is not known here"),
    (
      #"{"mailbox": "pop3s://a@h.example", "password": {"file": "x"}, "afterwards": {"move": "x"}}"#,
      "all that POP3 can"
    ),
    (#"{"mailbox": "imaps://a@h.example", "password": {"file": "x"}, "afterwards": "burn"}"#, #"expected "keep""#),
    (
      #"{"mailbox": "imaps://a@h.example", "password": {"file": "x"}, "afterwards": {"flag": "a b"}}"#,
      "expected a flag"
    ),
    (#"{"mailbox": "imaps://a@h.example", "password": {"file": "x"}, "tls": false}"#, "imaps: is TLS"),
    (#"{"path": "x", "user": "a"}"#, #""mailbox" is missing"#),
    (
      #"{"mailbox": "imaps://a@h.example", "password": {"file": "x"}}, {"mailbox": "imap://a@h.example", "password": {"file": "y"}}"#,
      "two mailboxes have the name"
    ),
  ])
  func aMistakeAboutAMailboxIsNamed(_ source: String, _ words: String) {
    let complaint = complaint("{\"sources\": [\(source)]}")
    #expect(complaint.contains(words), "\(complaint)")
  }

  @Test func sourcesOfTheCommandLineAreRemembered() throws {
    let folder = NSTemporaryDirectory() + "remembered-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createDirectory(atPath: folder + "/a", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: folder + "/w", withIntermediateDirectories: true)
    var configuration = try Configuration.resolve(file: nil, workspace: folder + "/w", sources: [folder + "/a"])
    #expect(configuration.isOwn)
    try configuration.encoded().write(toFile: folder + "/w/pipeline.json", atomically: true, encoding: .utf8)
    configuration = try Configuration.resolve(file: nil, workspace: folder + "/w", sources: [])
    #expect(configuration.sources.map(\.path) == [folder + "/a"])
    #expect(configuration.workspace.root == folder + "/w")
    #expect(throws: ConfigurationError.self) {
      try Configuration.resolve(file: nil, workspace: folder + "/w", sources: [folder + "/missing"])
    }
  }

  @Test(arguments: [
    ("a/../b/./c", "/x/b/c"), ("/etc/mail/", "/etc/mail"), ("../../..", "/"), (".", "/x"),
  ])
  func pathsAreMadeAbsolute(_ path: String, _ absolute: String) {
    #expect(Configuration.absolute(path, to: "/x") == absolute)
  }
}
