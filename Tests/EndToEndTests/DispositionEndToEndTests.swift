import Foundation
import ReceiverSupport
import Testing

/// Dispositions against receivers that fail, hang, answer late and go away.
@Suite(.enabled(if: Receiver.python != nil, "python3 is not installed"), .timeLimit(.minutes(5)))
struct DispositionEndToEndTests {
  private func configure(_ shop: Workshop, messages: Int, dispositions: String) throws -> [String] {
    try shop.write("bounces.mbox", SampleMail.mbox(0..<messages))
    let config = """
      {"sources": ["bounces.mbox"], "workspace": "work", "dispositions": \(dispositions)}
      """
    return ["--config", try shop.write("pipeline.json", Data(config.utf8)), "--quiet"]
  }

  private func deliveries(_ shop: Workshop, _ disposition: String, but state: String) throws -> Int {
    try shop.value(
      "SELECT count(*) FROM ledger WHERE disposition = '\(disposition)' AND state != '\(state)'") ?? -1
  }

  /// Runs `act` until nothing is left to deliver.
  private func actToTheEnd(_ shop: Workshop, _ config: [String], _ disposition: String) throws {
    for _ in 0..<30 {
      try Mill.expect(0, ["act"] + config)
      if try deliveries(shop, disposition, but: "delivered") == 0 { return }
    }
    Issue.record("thirty runs of act, and not everything is delivered")
  }

  private func check(_ shop: Workshop, _ receiver: Receiver) throws {
    let events = try #require(
      try shop.value(
        "SELECT count(DISTINCT (key >> 20) || coalesce(lower(recipient), '') || category || reason) FROM events"))
    let taken = receiver.taken
    let keys = taken.map { $0.headers?["idempotency-key"] ?? "" }
    #expect(Set(keys).count == events)
    // What was answered with success, and in time, is never posted again.
    let answered = taken.filter { $0.status == 200 && $0.prompt == true }.map { $0.headers?["idempotency-key"] ?? "" }
    #expect(Set(answered).count == answered.count)
    // A repeat is the same, so that a receiver that knows the key may drop it.
    let bodies = Dictionary(grouping: zip(keys, taken.map { $0.body ?? "" }), by: \.0).mapValues { Set($0.map(\.1)) }
    #expect(bodies.values.allSatisfy { $0.count == 1 })
    for one in taken {
      let object = try JSONSerialization.jsonObject(with: Data((one.body ?? "").utf8)) as? [String: Any]
      #expect(object?["key"] as? String == one.headers?["idempotency-key"])
      #expect(one.headers?["x-returnmill-signature"]?.hasPrefix("t=") == true)
    }
  }

  private func webhook(_ receiver: Receiver, _ more: String = "") throws -> String {
    """
    {"routes": {"*": "crm"}, "targets": {"crm": {"kind": "webhook", "url": "http://127.0.0.1:\(receiver.port)/hook",
      "secret": {"command": ["printf", "s3cret"]}, "timeout": 0.4, "tries": 2, "back_off": 0.02,
      "max_attempts": 1000\(more)}}}
    """
  }

  @Test(arguments: [1, 4]) func aReceiverThatMisbehavesGetsEveryEvent(connections: Int) throws {
    let shop = try Workshop()
    let steps = [
      "{}", #"{"status": 500}"#, #"{"hang": 1}"#, #"{"close": true}"#, #"{"close": "before"}"#, "{}",
      #"{"status": 429, "headers": {"Retry-After": "0"}}"#, #"{"status": 404}"#, #"{"status": 400}"#, "{}", "{}",
    ]
    let receiver = try Receiver(.http, script: "[" + (0..<6).flatMap { _ in steps }.joined(separator: ",") + ",{}]")
    let config = try configure(
      shop, messages: 30, dispositions: webhook(receiver, ", \"connections\": \(connections)"))
    try Mill.expect(0, ["run"] + config)
    try actToTheEnd(shop, config, "crm")
    try check(shop, receiver)
  }

  @Test func aReceiverThatIsAwayDoesNotHoldUpTheRun() throws {
    let shop = try Workshop()
    let receiver = try Receiver(.http, script: #"[{"hang": 60}]"#)
    let config = try configure(shop, messages: 30, dispositions: webhook(receiver))
    try Mill.expect(0, ["run"] + config)
    #expect(receiver.taken.count <= 6)
    #expect(try deliveries(shop, "crm", but: "waiting") == 3)
    let status = try Mill.expect(0, ["status"] + config.dropLast())
    #expect(status.output.contains("crm failed") && status.output.contains("crm waiting"))
    #expect(status.output.contains("timed out"))
    receiver.stop()
    let again = try Receiver(.http, port: receiver.port)
    try actToTheEnd(shop, config, "crm")
    try check(shop, again)
  }

  @Test func aRunKilledInMidDeliveryGoesOn() throws {
    let shop = try Workshop()
    let receiver = try Receiver(.http, script: #"[{"hang": 0.05}]"#)
    let config = try configure(shop, messages: 40, dispositions: webhook(receiver))
    for stage in ["ingest", "parse", "classify", "load"] { try Mill.expect(0, [stage] + config) }
    var kills = 0
    for wanted in [3, 9, 10, 20] where try Mill.kill(["act"] + config, when: { receiver.taken.count >= wanted }) {
      kills += 1
    }
    #expect(kills >= 2)
    try actToTheEnd(shop, config, "crm")
    let keys = receiver.taken.map { $0.headers?["idempotency-key"] ?? "" }
    #expect(Set(keys).count == (try shop.value("SELECT count(*) FROM ledger WHERE disposition = 'crm'")))
    // At most the one that was under way is repeated, and under its key.
    #expect(keys.count - Set(keys).count <= kills)
  }

  // MARK: SMTP

  private func forward(_ receiver: Receiver, _ more: String) -> String {
    """
    {"routes": {"*": "team"}, "targets": {"team": {"kind": "forward", "from": "mill@example.org", "to": ["t@example.org"],
      "smtp": {"url": "smtp://127.0.0.1:\(receiver.port)", "timeout": 1}, "max_attempts": 1000\(more)}}}
    """
  }

  private func check(_ shop: Workshop, forwarded receiver: Receiver) throws {
    let messages = try #require(try shop.value("SELECT count(*) FROM messages"))
    let taken = receiver.taken.compactMap(\.message)
    let ids = taken.compactMap { message in
      message.split(separator: "\n").first { $0.lowercased().contains("message-id: ") && $0.contains(".returnmill@") }
    }
    #expect(ids.count == taken.count)
    #expect(Set(ids).count == messages)
    #expect(taken.allSatisfy { $0.contains("X-ReturnMill-Forwarded: ") && $0.contains("Auto-Submitted: auto-") })
    #expect(receiver.taken.allSatisfy { $0.from == "mill@example.org" && $0.to == ["t@example.org"] })
  }

  @Test(arguments: ["attachment", "redirect"]) func aMailServerThatMisbehavesGetsEveryMessage(form: String) throws {
    let shop = try Workshop()
    let script = """
      [{}, {"rcpt": "450 4.2.1 greylisted"}, {"end": "452 4.3.1 full"}, {"close": "data"}, {"close": "end"},
       {"greeting": "421 4.3.2 later"}, {}, {"hang": "end"}, {"mail": "451 4.7.1 slow down"}, {}]
      """
    let receiver = try Receiver(.smtp, script: script)
    let config = try configure(shop, messages: 20, dispositions: forward(receiver, ", \"as\": \"\(form)\""))
    try Mill.expect(0, ["run"] + config)
    try actToTheEnd(shop, config, "team")
    try check(shop, forwarded: receiver)
    let message = try #require(receiver.taken.first?.message)
    if form == "redirect" {
      #expect(message.hasPrefix("Resent-Date: "))
      #expect(message.contains("\nResent-To: <t@example.org>\n"))
    } else {
      #expect(message.contains("\nContent-Type: message/rfc822\n"))
      #expect(message.contains("\nSubject: Fwd: "))
    }
  }

  @Test func whatIsRefusedForGoodIsGivenUpAndWhatWasForwardedIsNotForwardedAgain() throws {
    let shop = try Workshop()
    let receiver = try Receiver(.smtp, script: #"[{"end": "554 5.7.1 spam"}, {}]"#)
    let config = try configure(shop, messages: 5, dispositions: forward(receiver, ", \"limit\": 3"))
    try Mill.expect(0, ["run"] + config)
    #expect(receiver.taken.count == 2)
    #expect(
      try shop.value("SELECT count(*) FROM v_deliveries WHERE state = 'given_up' AND note LIKE '554 5.7.1 spam'") == 1)
    #expect(try shop.value("SELECT count(*) FROM v_deliveries WHERE state = 'waiting'") == 2)
    try Mill.expect(0, ["act"] + config)
    #expect(receiver.taken.count == 4)
    try Mill.expect(0, ["act", "--retry-given-up"] + config)
    #expect(receiver.taken.count == 5)

    // What was forwarded comes back.
    let loop = try Workshop()
    let returned = "From x Thu Oct  9 06:00:19 2025\n" + (receiver.taken.first?.message ?? "") + "\n"
    try loop.write("bounces.mbox", Data(returned.utf8))
    let again = try configure(loop, messages: 0, dispositions: forward(receiver, ""))
    try loop.write("bounces.mbox", Data(returned.utf8))
    try Mill.expect(0, ["run"] + again)
    #expect(receiver.taken.count == 5)
    #expect(
      try loop.value("SELECT count(*) FROM ledger WHERE state = 'given_up' AND note LIKE '%forwarded before%'") == 1)
  }

  // MARK: a run that is killed

  @Test func filesHoldEverythingOnceWhereverARunIsKilled() throws {
    let quiet = try Workshop()
    func dispositions(_ shop: Workshop) -> String {
      """
      {"routes": {"*": ["log", "all", "box", "files"]}, "targets": {"all": {"kind": "log", "path": "all.ndjson"},
        "box": {"kind": "mbox", "path": "box.mbox"}, "files": {"kind": "eml", "path": "files"}}}
      """
    }
    let config = try configure(quiet, messages: 400, dispositions: dispositions(quiet))
    try Mill.expect(0, ["run"] + config)
    func content(_ shop: Workshop) throws -> [String: Data] {
      var files: [String: Data] = [:]
      for name in ["all.ndjson", "box.mbox"] { files[name] = try Data(contentsOf: shop.folder.appending(path: name)) }
      let folder = shop.folder.appending(path: "files")
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
        files[name] = try Data(contentsOf: folder.appending(path: name))
      }
      return files
    }
    func lines(_ data: Data?) -> [String] {
      String(decoding: data ?? Data(), as: UTF8.self).replacingOccurrences(of: quiet.folder.path, with: "")
        .split(separator: "\n").map(String.init)
    }
    let whole = try content(quiet)
    #expect(whole.count > 100)
    let files = quiet.folder.appending(path: "files").path
    var hits = 0
    for places in [[1, 200], [30, 31, 390], [399, 400]] {
      for name in ["all.ndjson", "box.mbox", "files", "work"] {
        try? FileManager.default.removeItem(at: quiet.folder.appending(path: name))
      }
      for stage in ["ingest", "parse", "classify", "load"] { try Mill.expect(0, [stage] + config) }
      for place in places {
        let killed = try Mill.kill(["act"] + config) {
          ((try? FileManager.default.contentsOfDirectory(atPath: files))?.count ?? 0) >= place
        }
        hits += killed ? 1 : 0
      }
      try Mill.expect(0, ["act"] + config)
      let after = try content(quiet)
      #expect(after == whole, "\(Set(after.keys).symmetricDifference(whole.keys).count) files more or less")
      if after != whole { #expect(lines(after["all.ndjson"]).count == lines(whole["all.ndjson"]).count) }
    }
    #expect(hits >= 4, "most kills must have found the program at work")
  }

  @Test func aDryRunTellsWhatWouldBeDoneAndDoesNothing() throws {
    let shop = try Workshop()
    let receiver = try Receiver(.http)
    let config = try configure(shop, messages: 10, dispositions: webhook(receiver)).dropLast()
    for stage in ["ingest", "parse", "classify", "load"] { try Mill.expect(0, [stage] + config) }
    let rows = try shop.rows()
    let result = try Mill.expect(0, ["act", "--dry-run"] + config)
    #expect(
      (result.output + result.errors).contains("events to be posted to http://127.0.0.1:\(receiver.port)/hook for crm"))
    #expect(receiver.taken.isEmpty)
    #expect(try shop.rows() == rows)
  }
}
