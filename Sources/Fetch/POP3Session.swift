import ByteSlices

/// A session with a POP3 server (RFC 1939), after the login.
final class POP3Session {
  private let connection: MailConnection
  private let mailbox: RemoteMailbox
  /// Whether commands may be sent before the last one is answered (RFC 2449 §6.6).
  private(set) var mayPipeline = false

  init(_ mailbox: RemoteMailbox, check: @escaping () throws -> Void) throws {
    self.mailbox = mailbox
    connection = try MailConnection(mailbox, check: check)
    try send("CAPA")
    guard try answer().isOK else { return }
    try lines { line in
      if line.equals(caseless: "pipelining") { self.mayPipeline = true }
    }
  }

  func send(_ command: String) throws { try connection.send(command + "\r\n") }

  /// The first line of an answer.
  func answer() throws -> (isOK: Bool, words: String) {
    let line = try connection.line()
    guard line.hasPrefix("+OK") || line.hasPrefix("-ERR") else {
      throw FetchError(.protocol, mailbox.description, "expected +OK or -ERR, but the server says: \(String(line))")
    }
    return (line.hasPrefix("+OK"), String(line))
  }

  /// The messages that the server lists: number and unique id.
  func list() throws -> [(number: Int, id: String)] {
    try send("UIDL")
    let (isOK, words) = try answer()
    guard isOK else {
      throw FetchError(
        .refused, mailbox.description, "the server knows no UIDL (\(words)), so it can't be told what is new; try IMAP")
    }
    var listed: [(Int, String)] = []
    try lines { line in
      let parts = String(line).split(separator: " ")
      guard parts.count == 2, let number = Int(parts[0]) else { return }
      listed.append((number, String(parts[1])))
    }
    return listed
  }

  /// The lines of an answer up to the dot.
  private func lines(_ body: (ByteSlice) -> Void) throws {
    while true {
      let line = try connection.line()
      if line == "." { return }
      body(line)
    }
  }

  /// A message's text up to the dot, without the dots that protect its own (RFC 1939 §3).
  func text(_ body: (ByteSlice) throws -> Void) throws {
    var startsLine = true
    while true {
      let piece = try connection.piece()
      if startsLine, piece.bytes.first == 0x2E {
        if piece.endsLine, piece.bytes == ".\r\n" || piece.bytes == ".\n" { return }
        try body(piece.bytes.dropFirst())
      } else {
        try body(piece.bytes)
      }
      startsLine = piece.endsLine
    }
  }
}
