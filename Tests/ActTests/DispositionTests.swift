import ByteSlices
import DatabaseSupport
import Foundation
import GRDB
import Records
import Testing
import Transport

@testable import Act

@Suite struct DispositionTests {
  private let mails = [
    mail("bounce", "Ada@example.com", .hardBounce, "user_unknown"),
    mail("block", "b@example.com", .mailBlock, "blocked"),
    mail("reply", "c@example.com", .userReply, "reply"),
  ]

  private func text(_ desk: Desk, _ name: String) throws -> String {
    try String(contentsOfFile: desk.bench.folder + "/" + name, encoding: .utf8)
  }

  private func run(_ desk: Desk, _ routes: [String: String], _ targets: String) throws -> [Deliveries] {
    try desk.stage(desk.options(routes: routes, targets: targets)).run().deliveries
  }

  private func states(_ desk: Desk) throws -> [String] {
    try desk.bench.rows("SELECT state FROM ledger ORDER BY disposition, state").map { $0[0] }
  }

  // MARK: files

  @Test func logsEveryEventOnce() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    let targets = """
      {"all": {"kind": "log", "path": "logs/all.ndjson"},
       "some": {"kind": "log", "path": "some.csv", "fields": ["recipient", "category", "hard", "time"]}}
      """
    let routes = ["*": "all", "hard_bounce": "some", "mail_block": "some"]
    let reports = try run(desk, routes, targets)
    #expect(reports.map(\.disposition) == ["all", "customer_service", "some"])
    #expect(reports.map(\.delivered) == [3, 1, 2])
    let lines = try text(desk, "logs/all.ndjson").split(separator: "\n")
    #expect(lines.count == 3)
    let first = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
    #expect(first["recipient"] as? String == "Ada@example.com")
    #expect(first["category"] as? String == "hard_bounce")
    #expect(first["time"] as? String == "1970-04-11T00:00:00Z")
    #expect((first["key"] as? String)?.count == 32)
    let csv = try text(desk, "some.csv").split(separator: "\n").map { $0.split(separator: ",").dropFirst() }
    #expect(
      csv.map { $0.joined(separator: ",") } == [
        "recipient,category,hard,time", "Ada@example.com,hard_bounce,true,1970-04-11T00:00:00Z",
        "b@example.com,mail_block,false,1970-04-11T00:00:00Z",
      ])
    #expect(try run(desk, routes, targets).map(\.delivered) == [0, 0, 0])
    #expect(try text(desk, "logs/all.ndjson").split(separator: "\n").count == 3)
  }

  @Test func anEventThatIsJudgedAnewIsNews() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    let targets = #"{"all": {"kind": "log", "path": "all.csv", "fields": ["recipient", "category"]}}"#
    _ = try run(desk, ["*": "all"], targets)
    try desk.load(0, [mail("bounce", "Ada@example.com", .mailBlock, "blocked")] + mails.dropFirst())
    let report = try run(desk, ["*": "all"], targets)[0]
    #expect((report.delivered, report.outdated) == (1, 1))
    #expect(try text(desk, "all.csv").split(separator: "\n").count == 5)
  }

  /// What lies behind the length that the ledger knows was written by a run that died.
  @Test(arguments: [0, 1, 30, 1000]) func aFileThatGotAheadOfTheLedgerIsNotDoubled(lost: Int) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "appended-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "file").path
    let records = (0..<5).map { Array("record \($0) with some words\n".utf8) }
    let first = AppendedFile(path: path, known: nil)
    try first.append(records[0])
    try first.append(records[1])
    try first.commit()
    let known = try #require(first.length)
    for record in records[2...] { try first.append(record) }
    try first.commit()
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    // The last of what the dying run wrote didn't reach the disk.
    let torn = whole.prefix(max(known, whole.count - lost))
    try torn.write(to: URL(fileURLWithPath: path))

    let second = AppendedFile(path: path, known: known)
    for record in records[2...] { try second.append(record) }
    try second.commit()
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
  }

  @Test func anMboxReadsBackAsItWas() throws {
    let desk = try Desk()
    desk.bodies = ["reply": "Subject: x\n\nFrom here on\n>From there\nend\n"]
    try desk.load(0, mails)
    _ = try run(desk, ["user_reply": "box", "hard_bounce": "box"], #"{"box": {"kind": "mbox", "path": "box.mbox"}}"#)
    let text = try text(desk, "box.mbox")
    #expect(text.hasPrefix("From returnmill Sat Apr 11 00:00:00 1970\nX-ReturnMill-Id: "))
    #expect(text.contains("\nSubject: x\n\n>From here on\n>>From there\nend\n\n"))
    #expect(text.components(separatedBy: "\nFrom returnmill ").count == 2)
    #expect(text.contains("\nThe body of bounce.\n\nFrom returnmill"))
  }

  @Test func eachMessageAFile() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    _ = try run(desk, ["hard_bounce": "files"], #"{"files": {"kind": "eml", "path": "eml"}}"#)
    let id = "bounce".withByteSlice { MessageID(of: $0).hex }
    #expect(try text(desk, "eml/\(id).eml") == "Subject: bounce\n\nThe body of bounce.\n")
  }

  @Test func attachmentsGetSafeNames() throws {
    let desk = try Desk()
    desk.bodies["reply"] = """
      Subject: x
      Content-Type: multipart/mixed; boundary=b

      --b

      Hello
      --b
      Content-Type: application/pdf; name="../../etc/passwd"
      Content-Disposition: attachment; filename="../../etc/passwd"
      Content-Transfer-Encoding: base64

      aGVsbG8=
      --b
      Content-Type: text/plain
      Content-Disposition: attachment; filename*=UTF-8''na%C3%AFve%20plan.txt

      plan
      --b
      Content-Type: message/rfc822

      Content-Type: image/png; name=inner.png

      x
      --b--

      """
    try desk.load(0, mails)
    _ = try run(desk, ["user_reply": "parts"], #"{"parts": {"kind": "attachments", "path": "parts"}}"#)
    let id = "reply".withByteSlice { MessageID(of: $0).hex }.prefix(16)
    let names = try FileManager.default.contentsOfDirectory(atPath: desk.bench.folder + "/parts").sorted()
    #expect(names == ["\(id)-2-passwd", "\(id)-3-naïve plan.txt"])
    #expect(try text(desk, "parts/" + names[0]) == "hello")
    #expect(try text(desk, "parts/" + names[1]) == "plan")
    #expect(try desk.bench.rows("SELECT place FROM ledger").map { $0[0] } == ["2 attachments"])
  }

  @Test(arguments: [
    ("..", "attachment"), ("C:\\x\\y.exe", "y.exe"), (".bashrc", "bashrc"), ("a\u{202E}gpj.exe", "agpj.exe"),
    ("a\nb:c?.txt", "ab_c_.txt"), ("", "attachment"), ("-rf", "rf"), ("x. ", "x"),
    (String(repeating: "ü", count: 200) + ".pdf", String(repeating: "ü", count: 58) + ".pdf"),
  ]) func aNameIsMadeSafe(name: String, safe: String) {
    #expect(AttachmentDisposition.safe(name) == safe)
  }

  // MARK: a source that is moved from

  @Test func onlyAMaildirIsMovedFrom() throws {
    let desk = try Desk()
    let source = desk.bench.folder + "/source"
    for folder in ["new", "cur"] {
      try FileManager.default.createDirectory(atPath: "\(source)/\(folder)", withIntermediateDirectories: true)
    }
    try Data("kept\n".utf8).write(to: URL(fileURLWithPath: source + "/cur/1.host:2,S"))
    var moved = mail("kept\n", "a@example.com", .userReply, "reply")
    (moved.path, moved.format) = (source + "/new/1.host", .maildir)
    let stays = mail("stays", "b@example.com", .userReply, "reply")
    try desk.load(0, [moved, stays])
    let targets = #"{"box": {"kind": "mbox", "path": "box.mbox", "move": true}}"#

    let plan = try desk.stage(desk.options(routes: ["user_reply": "box"], targets: targets)).plan().deliveries[0]
    #expect((plan.delivered, plan.givenUp) == (1, 1))
    #expect(FileManager.default.fileExists(atPath: source + "/cur/1.host:2,S"))

    let report = try run(desk, ["user_reply": "box"], targets)[0]
    #expect((report.delivered, report.givenUp) == (1, 1))
    #expect(report.failures[0].note?.contains("only from a Maildir can a message be moved") == true)
    #expect(!FileManager.default.fileExists(atPath: source + "/cur/1.host:2,S"))
    #expect(try text(desk, "box.mbox").contains("The body of kept"))
    #expect(try states(desk) == ["delivered", "given_up"])
  }

  @Test func aSourceKeepsWhatAnotherStillNeeds() throws {
    let desk = try Desk()
    let file = desk.bench.folder + "/source/new/1.host"
    try FileManager.default.createDirectory(
      atPath: desk.bench.folder + "/source/new", withIntermediateDirectories: true)
    try Data("kept\n".utf8).write(to: URL(fileURLWithPath: file))
    var moved = mail("kept\n", "a@example.com", .userReply, "reply")
    (moved.path, moved.format) = (file, .maildir)
    try desk.load(0, [moved])
    let folder = desk.bench.folder + "/blocked"
    try Data().write(to: URL(fileURLWithPath: folder))
    let targets = """
      {"box": {"kind": "mbox", "path": "box.mbox", "move": true}, "files": {"kind": "eml", "path": "blocked/eml"},
       "events": {"kind": "program", "command": ["/nonexistent"]}}
      """
    let routes = ["user_reply": "box,files,events"]
    _ = try run(desk, routes, targets)
    #expect(FileManager.default.fileExists(atPath: file))
    #expect(try states(desk) == ["copied", "failed", "failed"])
    try FileManager.default.removeItem(atPath: folder)
    // The program gets an event, for which the message itself isn't needed.
    _ = try run(desk, routes, targets)
    #expect(!FileManager.default.fileExists(atPath: file))
    #expect(try states(desk) == ["delivered", "failed", "delivered"])
  }

  @Test func whatIsNoLongerTheSameStaysInItsSource() throws {
    let desk = try Desk()
    let file = desk.bench.folder + "/source/new/1.host"
    try FileManager.default.createDirectory(
      atPath: desk.bench.folder + "/source/new", withIntermediateDirectories: true)
    try Data("another message".utf8).write(to: URL(fileURLWithPath: file))
    var moved = mail("kept\n", "a@example.com", .userReply, "reply")
    (moved.path, moved.format) = (file, .maildir)
    try desk.load(0, [moved])
    let targets = #"{"box": {"kind": "maildir", "path": "box", "move": true}}"#
    let report = try run(desk, ["user_reply": "box"], targets)[0]
    #expect(FileManager.default.fileExists(atPath: file))
    #expect(report.failures[0].note?.contains("can't be taken from its source") == true)
    #expect(try states(desk) == ["copied"])
    try Data("kept\n".utf8).write(to: URL(fileURLWithPath: file))
    _ = try run(desk, ["user_reply": "box"], targets)
    #expect(!FileManager.default.fileExists(atPath: file))
    #expect(try states(desk) == ["delivered"])
  }

  // MARK: SQL and programs

  @Test func runsAStatementForEachEvent() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    let targets = """
      {"crm": {"kind": "sql", "database": "crm.sqlite",
        "statement": "INSERT INTO bounces VALUES (:key, :recipient, :reason, :new_address)"}}
      """
    // The database isn't there yet.
    let first = try run(desk, ["*": "crm"], targets)[0]
    #expect((first.delivered, first.failed) == (0, 3))
    #expect(first.failures[0].note?.contains("there is no such database") == true)
    let crm = try DatabaseQueue(path: desk.bench.folder + "/crm.sqlite")
    try crm.write {
      try $0.execute(sql: "CREATE TABLE bounces (key PRIMARY KEY, a, r CHECK (r != 'blocked'), n)")
    }
    let second = try run(desk, ["*": "crm"], targets)[0]
    #expect((second.delivered, second.failed) == (2, 1))
    #expect(second.failures[0].note?.contains("CHECK constraint failed") == true)
    let rows = try crm.read { try Row.fetchAll($0, sql: "SELECT a, r, n FROM bounces ORDER BY a") }
    #expect(
      rows.map { "\($0[0] as String) \($0[1] as String)" } == ["Ada@example.com user_unknown", "c@example.com reply"])
    #expect(try run(desk, ["*": "crm"], targets)[0].delivered == 0)
  }

  @Test(arguments: ["INSERT INTO t VALUES (?)", "INSERT INTO t VALUES (:nonsense)", "nonsense"])
  func aStatementThatCannotWorkIsNamed(statement: String) throws {
    let desk = try Desk()
    try desk.load(0, mails)
    try DatabaseQueue(path: desk.bench.folder + "/x.sqlite").write { try $0.execute(sql: "CREATE TABLE t (a)") }
    let targets = #"{"x": {"kind": "sql", "database": "x.sqlite", "statement": "\#(statement)"}}"#
    let report = try run(desk, ["*": "x"], targets)[1]
    #expect(report.failed == 3)
    #expect(report.failures[0].note?.hasSuffix("x.sqlite: ") == false)
  }

  @Test func runsAProgramForEachEvent() throws {
    let desk = try Desk()
    try desk.load(0, mails)
    let targets = #"{"p": {"kind": "program", "command": ["/bin/sh", "-c", "cat >> '\#(desk.bench.folder)/out'"]}}"#
    #expect(try run(desk, ["*": "p"], targets).map(\.delivered) == [1, 3])
    let lines = try text(desk, "out").split(separator: "\n")
    #expect(lines.count == 3)
    for line in lines { #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) } }
  }

  @Test(arguments: [
    (#"["/bin/sh", "-c", "echo no >&2; exit 65"]"#, "ended with status 65: no", LedgerEntry.State.givenUp),
    (#"["/bin/sh", "-c", "exit 75"]"#, "ended with status 75", .failed),
    (#"["/bin/sh", "-c", "kill -9 $$"]"#, "was killed by signal 9", .failed),
    (#"["/bin/sh", "-c", "sleep 60 & wait"]"#, "took longer than 0.3 s", .failed),
    (#"["/nonexistent/program"]"#, "can't be started: No such file", .failed),
  ]) func aProgramThatFailsIsNamed(command: String, words: String, state: LedgerEntry.State) throws {
    let desk = try Desk()
    try desk.load(0, [mails[0]])
    let targets = #"{"p": {"kind": "program", "command": \#(command), "timeout": 0.3}}"#
    let report = try run(desk, ["hard_bounce": "p"], targets)[1]
    #expect(report.failures[0].note?.contains(words) == true, "\(report.failures[0].note ?? "")")
    #expect(try states(desk) == [state.rawValue])
  }

  // MARK: the end of trying

  @Test func thereIsAnEndToTrying() throws {
    let desk = try Desk()
    try desk.load(0, [mails[0]])
    func options(_ exit: Int, day: Double, retry: Bool = false) throws -> ActOptions {
      let targets = """
        {"p": {"kind": "program", "command": ["/bin/sh", "-c", "exit $(cat '\(desk.bench.folder)/code')"],
          "max_attempts": 3, "max_age_days": 5}}
        """
      try Data("\(exit)".utf8).write(to: URL(fileURLWithPath: desk.bench.folder + "/code"))
      var options = try desk.options(routes: ["hard_bounce": "p"], targets: targets)
      options.now = 1_000_000 + day * 86400
      options.retryGivenUp = retry
      return options
    }
    func row() throws -> String {
      let row = try desk.bench.rows("SELECT state, attempts, failed_since, note IS NULL FROM v_deliveries")[0]
      return "\(row[0] as String) \(row[1] as Int) \(row[2] as String? ?? "-")"
    }
    _ = try desk.stage(options(1, day: 0)).run()
    #expect(try row() == "failed 1 1970-01-12 13:46:40")
    _ = try desk.stage(options(1, day: 1)).run()
    #expect(try row() == "failed 2 1970-01-12 13:46:40")
    #expect(try desk.stage(options(1, day: 2)).run().deliveries[1].givenUp == 1)
    #expect(try row() == "given_up 3 1970-01-12 13:46:40")
    #expect(try desk.stage(options(0, day: 3)).run().deliveries[1].delivered == 0)
    #expect(try row() == "given_up 3 1970-01-12 13:46:40")
    // A person says that it is worth while again.
    _ = try desk.stage(options(1, day: 4, retry: true)).run()
    #expect(try row() == "failed 1 1970-01-16 13:46:40")
    _ = try desk.stage(options(1, day: 10)).run()
    #expect(try row() == "given_up 2 1970-01-16 13:46:40")
    _ = try desk.stage(options(0, day: 11, retry: true)).run()
    #expect(try row() == "delivered 0 -")
  }

  @Test func aLimitLeavesTheRestToTheNextRun() throws {
    let desk = try Desk()
    try desk.load(0, (0..<10).map { mail("\($0)", "a\($0)@example.com", .hardBounce, "user_unknown") })
    let targets = #"{"l": {"kind": "log", "path": "l.ndjson", "limit": 4}}"#
    let reports = try (0..<4).map { _ in try run(desk, ["hard_bounce": "l"], targets)[1] }
    #expect(reports.map(\.delivered) == [4, 4, 2, 0])
    #expect(reports.map(\.waiting) == [6, 2, 0, 0])
    #expect(try text(desk, "l.ndjson").split(separator: "\n").count == 10)
  }

  @Test func aPlaceThatFailsIsLeftAlone() throws {
    let desk = try Desk()
    try desk.load(0, (0..<10).map { mail("\($0)", "a\($0)@example.com", .hardBounce, "user_unknown") })
    let targets = #"{"p": {"kind": "program", "command": ["/nonexistent"]}}"#
    let report = try run(desk, ["hard_bounce": "p"], targets)[1]
    #expect((report.failed, report.waiting) == (3, 7))
    #expect(
      try desk.bench.rows("SELECT max(attempts), sum(attempts) FROM ledger")[0] == [
        "max(attempts)": 1, "sum(attempts)": 3,
      ])
  }

  @Test func whatWasMendedIsTriedAnew() throws {
    let desk = try Desk()
    try desk.load(0, [mails[0]])
    _ = try run(desk, ["hard_bounce": "p"], #"{"p": {"kind": "program", "command": ["/bin/sh", "-c", "exit 65"]}}"#)
    #expect(try states(desk) == ["given_up"])
    _ = try run(desk, ["hard_bounce": "p"], #"{"p": {"kind": "program", "command": ["/bin/true"]}}"#)
    #expect(try states(desk) == ["delivered"])
  }

  // MARK: settings

  @Test(arguments: [
    #"{"x": {"kind": "pigeon"}}"#, #"{"x": {"path": "a"}}"#, #"{"x": {"kind": "log", "path": "a", "colour": 1}}"#,
    #"{"x": {"kind": "log", "path": "a", "fields": ["nonsense"]}}"#, #"{"x": {"kind": "webhook", "url": "ftp://a"}}"#,
    #"{"x": {"kind": "webhook", "url": "https://a.example", "headers": {"A": "b\nc"}}}"#,
    #"{"x": {"kind": "forward", "smtp": {"url": "smtp://localhost"}, "from": "a@b.example", "to": ["Ada <a@b.example>"]}}"#,
    #"{"x": {"kind": "program", "command": []}}"#, #"{"x": {"kind": "eml", "path": "a", "limit": 0}}"#,
    #"{"x": {"kind": "maildir"}}"#, #"{"customer_service": {"kind": "eml", "path": "a"}}"#,
    #"{"log": {"kind": "eml", "path": "a"}}"#,
  ]) func aTargetThatMakesNoSenseIsRefused(json: String) throws {
    let desk = try Desk()
    #expect(throws: (any Error).self) { try desk.options(targets: json) }
  }

  // MARK: forms

  @Test func aSignatureCanBeChecked() {
    // From Python: hmac.new(b'key', b'1700000000.{"a":1}', 'sha256').hexdigest()
    #expect(
      WebhookSignature(secret: "key").value(body: Array(#"{"a":1}"#.utf8), time: 1_700_000_000)
        == "t=1700000000,v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03")
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_399, "Mon, 28 Feb 2000 23:59:59 +0000"),
    (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
  ]) func timesAreWrittenAsMailHasThem(seconds: Int, text: String) {
    #expect(Timestamp.mail(seconds) == text)
  }

  @Test func aSubjectStaysASubject() {
    #expect(ForwardedMessage.subject(" Hello\n world", cause: "a/b") == "Fwd: Hello\n world")
    #expect(ForwardedMessage.subject(.empty, cause: "a/b") == "Fwd: a/b")
    #expect(ForwardedMessage.subject("=?utf-8?q?caf=C3=A9?=", cause: "") == "Fwd: =?utf-8?q?caf=C3=A9?=")
    #expect(ForwardedMessage.subject("caf\u{E9}", cause: "") == "Fwd: =?UTF-8?B?Y2Fmw6k=?=")
  }
}
