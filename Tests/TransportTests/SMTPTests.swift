import Foundation
import ReceiverSupport
import Synchronization
import Testing

@testable import Transport

@Suite(.enabled(if: Receiver.python != nil, "python3 is not installed"), .timeLimit(.minutes(2)))
struct SMTPTests {
  private func message(_ name: String = "one") -> Submission {
    Submission(
      sender: "returns+1@example.org", recipients: ["a@example.com"],
      message: Array("Subject: \(name)\n\n.dot\nend\n".utf8))
  }

  private func pool(_ receiver: Receiver, connections: Int = 1, timeout: Double = 20) throws -> SMTPPool {
    SMTPPool(
      try SMTPServer(
        url: "smtp://127.0.0.1:\(receiver.port)", connections: connections, connectTimeout: 5, timeout: timeout))
  }

  private func reason(_ outcome: SubmissionOutcome) -> SubmissionFailure? {
    if case .failed(let failure) = outcome { failure } else { nil }
  }

  @Test func aMessageArrivesAsItIs() throws {
    let receiver = try Receiver(.smtp)
    let outcome = try pool(receiver).send(message())
    #expect(outcome == .accepted(SMTPReply(code: 250, text: "2.0.0 Ok: queued"), refused: []))
    let taken = try #require(receiver.taken.first)
    #expect(taken.from == "returns+1@example.org")
    #expect(taken.to == ["a@example.com"])
    #expect(taken.message == "Subject: one\n\n.dot\nend\n")
  }

  @Test func connectionsAreKept() throws {
    let receiver = try Receiver(.smtp)
    let one = try pool(receiver)
    for _ in 0..<3 { _ = one.send(message()) }
    #expect(receiver.taken.map(\.connection) == [1, 1, 1])
    let many = try pool(receiver, connections: 4)
    let told = Mutex<[Int]>([])
    let outcomes = many.send(
      (0..<40).map { message("\($0)") }, done: { index, _ in told.withLock { $0.append(index) } })
    #expect(outcomes.count == 40)
    #expect(outcomes.allSatisfy { reason($0) == nil })
    #expect(told.withLock { $0.sorted() } == Array(0..<40))
    #expect(receiver.taken.count == 43)
    #expect(Set(receiver.taken.map(\.connection)).count <= 5)
    #expect(Set(receiver.taken.compactMap(\.message)).count == 41)
  }

  @Test(arguments: [
    (#"[{"mail": "550 5.7.1 not you"}]"#, true, false, "550 5.7.1 not you"),
    (#"[{"mail": "530 5.7.0 Must issue a STARTTLS command first"}]"#, false, true, "530 5.7.0"),
    (#"[{"rcpt": "550 5.1.1 no such user"}]"#, true, false, "550 5.1.1 no such user"),
    (#"[{"rcpt": "450 4.2.1 greylisted"}]"#, false, false, "450 4.2.1 greylisted"),
    (#"[{"data": "554 5.5.1 no valid recipients"}]"#, true, false, "554 5.5.1"),
    (
      #"[{"end": "554-5.7.1 looks like spam\r\n554 5.7.1 see https://example.com"}]"#, true, false,
      "554 5.7.1 looks like spam 5.7.1 see https://example.com"
    ),
    (#"[{"end": "452 4.3.1 disk full"}]"#, false, false, "452 4.3.1 disk full"),
    (#"[{"greeting": "421 4.3.2 come back later"}]"#, false, true, "421 4.3.2 come back later"),
    (#"[{"greeting": "554 5.7.1 we don't know you"}]"#, false, true, "554 5.7.1 we don't know you"),
    (#"[{"close": "data"}]"#, false, true, "127.0.0.1"),
  ]) func aRefusalIsToldInTheServersWords(script: String, isPermanent: Bool, isAboutServer: Bool, words: String) throws
  {
    let receiver = try Receiver(.smtp, script: script)
    let failure = try #require(reason(try pool(receiver).send(message())))
    #expect(failure.isPermanent == isPermanent)
    #expect(failure.isAboutServer == isAboutServer)
    #expect(!failure.mayHaveArrived)
    #expect(failure.words.contains(words), "\(failure.words)")
    #expect(receiver.taken.isEmpty)
  }

  @Test func aConnectionThatDiesAtTheEndMayHaveDelivered() throws {
    let receiver = try Receiver(.smtp, script: #"[{"close": "end"}, {"hang": "end"}, {}]"#)
    let impatient = try pool(receiver, timeout: 2)
    for _ in 0..<2 {
      let failure = try #require(reason(impatient.send(message())))
      #expect(failure.mayHaveArrived && !failure.isPermanent && failure.isAboutServer)
    }
    #expect(reason(try pool(receiver).send(message())) == nil)
    #expect(receiver.taken.count == 3)
  }

  @Test func aServerThatIsNotThereIsATemporaryFailure() throws {
    let receiver = try Receiver(.smtp)
    receiver.stop()
    let failure = try #require(reason(try pool(receiver).send(message())))
    #expect(!failure.isPermanent && failure.isAboutServer && !failure.mayHaveArrived)
    #expect(failure.words.contains("127.0.0.1"))
  }

  @Test func aRecipientMayBeRefusedAlone() throws {
    let receiver = try Receiver(.smtp, script: #"[{"rcpt": {"b@example.com": "550 5.1.1 no b"}}]"#)
    var submission = message()
    submission.recipients = ["a@example.com", "b@example.com", "c@example.com"]
    guard case .accepted(_, let refused) = try pool(receiver).send(submission) else {
      Issue.record("not accepted")
      return
    }
    #expect(refused.map(\.recipient) == ["b@example.com"])
    #expect(refused.first?.failure.reply == SMTPReply(code: 550, text: "5.1.1 no b"))
    #expect(receiver.taken.first?.to == ["a@example.com", "c@example.com"])
  }

  @Test func aConnectionThatWasDroppedMeanwhileIsMadeAnew() throws {
    let receiver = try Receiver(.smtp)
    let pool = try pool(receiver)
    #expect(reason(pool.send(message())) == nil)
    receiver.stop()
    let again = try Receiver(.smtp, port: receiver.port)
    #expect(reason(pool.send(message("two"))) == nil)
    #expect(again.taken.count == 1)
  }

  @Test func whatAsksToStopIsHeard() throws {
    let receiver = try Receiver(.smtp, script: #"[{"hang": "end"}]"#)
    let outcome = try pool(receiver, timeout: 60).send(message(), unless: { true })
    #expect(reason(outcome)?.isPermanent == false)
  }

  @Test func anAddressCannotSmuggleACommand() throws {
    let receiver = try Receiver(.smtp)
    var submission = message()
    submission.recipients = ["a@example.com>\r\nRCPT TO:<b@example.com"]
    #expect(reason(try pool(receiver).send(submission))?.isPermanent == true)
    #expect(receiver.taken.isEmpty)
  }

  // MARK: TLS and login

  @Test(.enabled(if: Certificate.openssl != nil, "openssl is not installed"), arguments: ["starttls", "implicit"])
  func certificatesAreChecked(tls: String) throws {
    let certificate = try Certificate()
    let receiver = try Receiver(
      .smtp, environment: certificate.environment.merging(["RECEIVER_TLS": tls]) { $1 })
    let url = "\(tls == "implicit" ? "smtps" : "smtp")://localhost:\(receiver.port)"
    let strange = SMTPPool(try SMTPServer(url: url, startTLS: .required))
    let refused = try #require(reason(strange.send(message())))
    #expect(refused.words.contains("certificate") && !refused.isPermanent && refused.isAboutServer)
    let trusted = SMTPPool(try SMTPServer(url: url, startTLS: .required, tls: TLS(caFile: certificate.certificate)))
    #expect(reason(trusted.send(message())) == nil)
    #expect(receiver.taken.map(\.tls) == [true])
  }

  @Test func withoutTLSNothingIsSentThatRequiresIt() throws {
    let receiver = try Receiver(.smtp)
    let server = try SMTPServer(url: "smtp://127.0.0.1:\(receiver.port)", startTLS: .required)
    #expect(reason(SMTPPool(server).send(message()))?.isAboutServer == true)
    #expect(receiver.taken.isEmpty)
  }

  @Test func logsIn() throws {
    let receiver = try Receiver(
      .smtp, script: #"[{}, {"close": "mail"}, {"auth": "535 5.7.8 wrong password"}]"#,
      environment: ["RECEIVER_AUTH": "1"])
    let file = FileManager.default.temporaryDirectory.appending(path: "secret-\(UUID().uuidString)")
    try Data("s3cret\n".utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let server = try SMTPServer(
      url: "smtp://127.0.0.1:\(receiver.port)", user: "mill", password: .file(file.path))
    #expect(reason(SMTPPool(server).send(message())) == nil)
    #expect(receiver.taken.first?.user == Data("\0mill\0s3cret".utf8).base64EncodedString())
    _ = SMTPPool(server).send(message())
    let refused = try #require(reason(SMTPPool(server).send(message())))
    #expect(refused.words.contains("login as mill refused: 535 5.7.8 wrong password"))
    #expect(!refused.isPermanent && refused.isAboutServer)
  }

  // MARK: settings

  @Test(arguments: [
    #"{"url": "http://example.org"}"#, #"{"url": "smtp://user@example.org"}"#, #"{"url": "smtp://example.org/x"}"#,
    #"{"url": "smtp://example.org", "user": "u"}"#, #"{"url": "smtp://example.org", "helo": "a b"}"#,
    #"{"url": "smtp://example.org", "starttls": "never", "user": "u", "password": {"environment": "P"}}"#,
    #"{"url": "smtp://example.org", "connections": 0}"#, #"{"url": "smtp://example.org", "per_second": 0}"#,
    #"{"url": "smtp://example.org", "timeout": -1}"#, #"{"url": "smtp://example.org", "colour": "red"}"#,
    #"{"url": "smtp://example.org", "user": "u", "password": {"file": "a", "command": ["b"]}}"#,
  ]) func settingsThatCannotWorkAreRefused(json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(SMTPServer.self, from: Data(json.utf8)) }
  }

  @Test func settingsAreWhatIsMeant() throws {
    let decoder = JSONDecoder()
    decoder.userInfo[.folder] = "/etc/mill"
    let json = """
      {"url": "smtp://mail.example.org:587", "ca_file": "ca.pem", "user": "u", "password": {"file": "../p"}}
      """
    let server = try decoder.decode(SMTPServer.self, from: Data(json.utf8))
    #expect(server.startTLS == .required && server.tls.verify)
    #expect(server.tls.caFile == "/etc/mill/ca.pem")
    #expect(server.password == .file("/etc/p"))
    #expect(try SMTPServer(url: "smtp://127.0.0.1").startTLS == .never)
    #expect(try SMTPServer(url: "smtp://127.example.org").startTLS == .required)
    #expect(try JSONDecoder().decode(SMTPServer.self, from: JSONEncoder().encode(server)) == server)
  }

  @Test func aSecretComesFromAFileACommandOrTheEnvironment() throws {
    #expect(try Secret.command(["printf", "a b\n"]).read() == "a b")
    #expect(throws: TransportError.self) { try Secret.command(["false"]).read() }
    #expect(throws: TransportError.self) { try Secret.command(["true"]).read() }
    #expect(throws: TransportError.self) { try Secret.environment("RETURNMILL_HAS_NO_SUCH").read() }
    #expect(throws: TransportError.self) { try Secret.file("/nonexistent/secret").read() }
    #expect(try Secret.environment("PATH").read().isEmpty == false)
  }
}
