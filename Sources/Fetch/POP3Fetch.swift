import ByteSlices

/// Fetches a mailbox from a POP3 server: what its UIDL lists and was not stored before.
final class POP3Fetch: MailboxFetch {
  /// Messages asked for ahead of the answers, where the server lets us.
  private static let ahead = 32
  /// What a unique id may be (RFC 1939 §7: 1 to 70 characters), with room for servers that give more.
  private static let idLimit = 100
  private var staged: [String] = []

  /// Fetches. What stopped it is in the report; what was received whole is stored all the same.
  func run() -> FetchReport {
    reporting {
      let session = try POP3Session(mailbox, check: options.check)
      let listed = try session.list()
      for (number, id) in listed where id.utf8.count > Self.idLimit || !id.allSatisfy(\.isASCII) {
        throw FetchError(
          .protocol, mailbox.description, "the server gives message \(number) an id that can't be: \(id)")
      }
      let known = try recognise(listed)
      let wanted = listed.filter { !known.contains($0.id) }
      if options.isDry {
        report.messages = wanted.count
      } else {
        try receiving({ try fetch(session, wanted) }, commit: commit)
        try commit()
        try settle(session, listed)
      }
      // What was marked is deleted by QUIT, and only by it (RFC 1939 §6).
      try session.send("QUIT")
      let end = try session.answer()
      guard end.isOK else {
        throw FetchError(.refused, mailbox.description, "the server answers QUIT with: \(end.words)")
      }
    }
  }

  /// The ids that need not be fetched: those in the state, and those of files that a killed run left.
  private func recognise(_ listed: [(number: Int, id: String)]) throws -> Set<String> {
    let here = Set(listed.map(\.id))
    state.stored.removeAll { !here.contains($0) }
    state.pending.removeAll { !here.contains($0) }
    let known = Set(state.stored).union(state.pending)
    let unknown = Dictionary(
      listed.filter { !known.contains($0.id) }.map { (Self.name($0.id), $0.id) },
      uniquingKeysWith: { first, _ in first })
    var there: Set<String> = []
    try store.forEachName { name in if let id = unknown[name] { there.insert(id) } }
    for (_, id) in listed where there.contains(id) { remember(id) }
    return Set(state.stored).union(state.pending)
  }

  private func remember(_ id: String) {
    if mailbox.afterwards == .delete { state.pending.append(id) } else { state.stored.append(id) }
  }

  private func fetch(_ session: POP3Session, _ wanted: [(number: Int, id: String)]) throws {
    let ahead = session.mayPipeline ? Self.ahead : 1
    var asked = 0
    for (index, message) in wanted.enumerated() {
      // Half a window at a time: a packet for many commands.
      if asked - index <= ahead / 2 {
        let upTo = min(wanted.count, index + ahead)
        let commands = wanted[asked..<max(asked, upTo)].map { "RETR \($0.number)" }
        if !commands.isEmpty { try session.send(commands.joined(separator: "\r\n")) }
        asked = max(asked, upTo)
      }
      let answer = try session.answer()
      guard answer.isOK else {
        report.failed += 1
        report.notes.append("the server answers RETR for \(message.id) with: \(answer.words)")
        continue
      }
      try store.begin()
      try session.text { try self.store.write($0) }
      try store.end(as: Self.name(message.id))
      staged.append(message.id)
      options.progress(1, wanted.count)
      if store.pending >= options.batchMessages || store.pendingBytes >= options.batchBytes { try commit() }
    }
  }

  /// Makes it last: first the messages, then the state that says so.
  private func commit() throws {
    report.messages += store.pending
    report.bytes += store.pendingBytes
    try store.commit()
    for id in staged { remember(id) }
    staged.removeAll()
    try state.write(to: statePath)
  }

  private func settle(_ session: POP3Session, _ listed: [(number: Int, id: String)]) throws {
    let pending = Set(state.pending)
    let due = listed.filter { pending.contains($0.id) }
    for some in due.chunks(of: session.mayPipeline ? Self.ahead : 1) {
      try session.send(some.map { "DELE \($0.number)" }.joined(separator: "\r\n"))
      for _ in some {
        let answer = try session.answer()
        guard answer.isOK else {
          throw FetchError(.refused, mailbox.description, "the server answers DELE with: \(answer.words)")
        }
        report.settled += 1
      }
    }
  }

  /// The base name of a message's file. A unique id may hold what a file's name can't.
  static func name(_ id: String) -> String {
    let hex = Array("0123456789ABCDEF")
    return id.utf8.reduce(into: "") { name, byte in
      let scalar = Character(Unicode.Scalar(byte))
      if scalar.isLetter || scalar.isNumber || byte == 0x2D || byte == 0x5F {
        name.append(scalar)
      } else {
        name += "=" + String([hex[Int(byte >> 4)], hex[Int(byte & 15)]])
      }
    } + ".pop3"
  }
}
