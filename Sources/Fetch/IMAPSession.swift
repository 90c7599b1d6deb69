import ByteSlices

/// A session with an IMAP server (RFC 3501, RFC 9051), after the login: commands go out, responses come in.
final class IMAPSession {
  private let connection: MailConnection
  private let mailbox: RemoteMailbox
  private var serial = 0
  /// Commands whose end nobody has waited for yet, and ends that came before somebody did.
  private var running: Set<String> = []
  private var ended: [String: IMAPResponse] = [:]
  private(set) var capabilities: Set<String> = []
  private(set) var uidvalidity: UInt32 = 0

  init(_ mailbox: RemoteMailbox, check: @escaping () throws -> Void) throws {
    self.mailbox = mailbox
    connection = try MailConnection(mailbox, check: check)
    try run("CAPABILITY") { response in
      guard response.tag == "*", response.words.lowercased().hasPrefix("capability ") else { return }
      self.capabilities = Set(response.words.split(separator: " ").dropFirst().map { $0.uppercased() })
    }
  }

  /// Opens the folder, to read only or to change messages in it.
  func select(readOnly: Bool) throws {
    var validity: UInt32?
    try run("\(readOnly ? "EXAMINE" : "SELECT") \(MailboxName.quoted(mailbox.folder))") { response in
      if let value = response.code("UIDVALIDITY") { validity = value }
    }
    guard let validity else {
      throw FetchError(
        .protocol, mailbox.description, "the server gives no UIDVALIDITY, so it can't be told what is new; try POP3")
    }
    uidvalidity = validity
  }

  /// Sends a command; its tag.
  func begin(_ command: String) throws -> String {
    serial += 1
    let tag = "r\(serial)"
    try connection.send("\(tag) \(command)\r\n")
    running.insert(tag)
    return tag
  }

  /// Sends a command and waits for its end, which has to be OK.
  func run(_ command: String, _ untagged: (IMAPResponse) throws -> Void = { _ in }) throws {
    let end = try finish(try begin(command), body: nil, untagged)
    guard end.status == .ok else {
      throw FetchError(.refused, mailbox.description, "the server answers \(verb(of: command)) with: \(end.words)")
    }
  }

  /// Sends a command that puts messages into a folder, which is made if there is none (RFC 9051 §6.3.4, TRYCREATE).
  func run(_ command: String, makingFolder name: String) throws {
    let end = try finish(try begin(command), body: nil) { _ in }
    if end.status == .ok { return }
    guard end.words.lowercased().contains("[trycreate]") else {
      throw FetchError(.refused, mailbox.description, "the server answers \(verb(of: command)) with: \(end.words)")
    }
    try run("CREATE \(name)")
    try run(command)
  }

  /// Reads responses up to the tagged one, which is the result.
  ///
  /// - Parameter body: what takes the messages; a message is complete when its response comes to `untagged`.
  func finish(_ tag: String, body: MessageStore?, _ untagged: (IMAPResponse) throws -> Void) throws -> IMAPResponse {
    defer { running.remove(tag) }
    if let early = ended.removeValue(forKey: tag) { return early }
    while true {
      let response = try next(body: body)
      if response.tag == tag { return response }
      if running.contains(String(response.tag)) { ended[String(response.tag)] = response }
      if response.tag == "*", response.status == .bye {
        throw FetchError(.connection, mailbox.description, "the server says goodbye: \(response.words)")
      }
      if response.tag == "*" { try untagged(response) }
    }
  }

  /// Says goodbye.
  func logout() {
    _ = try? finish(try begin("LOGOUT"), body: nil) { _ in }
  }

  /// Reads one response. A literal after `BODY[]` goes to the store, byte for byte by its announced length; so what a
  /// message says can't be taken for the server's words.
  private func next(body: MessageStore?) throws -> IMAPResponse {
    var text: [UInt8] = []
    while true {
      let line = try connection.line()
      guard text.count + line.count < 1 << 20 else {
        throw FetchError(.protocol, mailbox.description, "the server sends a response of more than 1 MiB; give up")
      }
      guard let (start, count) = try literal(at: line) else {
        text += Array(line)
        return IMAPResponse(text: String(decoding: text, as: UTF8.self))
      }
      text += Array(line.prefix(start))
      if let body, endsInBody(text) {
        try body.begin()
        try connection.bytes(count) { try body.write($0) }
        text += Array("\"\"".utf8)
      } else {
        guard count < 1 << 20 else {
          throw FetchError(.protocol, mailbox.description, "the server sends \(count) bytes that nobody asked for")
        }
        text.append(0x22)
        try connection.bytes(count) { piece in
          for byte in Array(piece) { text += byte == 0x22 || byte == 0x5C ? [0x5C, byte] : [byte] }
        }
        text.append(0x22)
      }
    }
  }

  /// Where `{n}` stands at the end of a line, and n.
  private func literal(at line: ByteSlice) throws -> (start: Int, count: Int)? {
    guard line.last == 0x7D, let open = line.lastIndex(of: 0x7B) else { return nil }
    guard let count = Int(String(line.slice(open + 1, line.count - 1))), count >= 0 else { return nil }
    return (open, count)
  }

  private func endsInBody(_ text: [UInt8]) -> Bool {
    text.withByteSlice { $0.count > 7 && $0.dropFirst($0.count - 7).equals(caseless: "body[] ") }
  }

  private func verb(of command: String) -> String {
    let words = command.split(separator: " ")
    return words.prefix(words.first == "UID" ? 2 : 1).joined(separator: " ")
  }
}
