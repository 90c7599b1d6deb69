import ByteSlices

/// Fetches a folder from an IMAP server: what is new since the last time, in the order of UIDs.
///
/// The messages of a few hundred UIDs are asked for by one command, and the next command is on its way while the answer
/// to the last comes in, so that the network's delay is not paid for each message. Bytes go straight to files.
final class IMAPFetch: MailboxFetch {
  /// UIDs asked for by one command.
  private static let chunk = 200
  /// UIDs asked for, ascending, and which of them are there or given up.
  private var wanted: [UInt32] = []
  private var done: Set<UInt32> = []
  /// What was asked for and has not come.
  private var outstanding: Set<UInt32> = []
  /// How many of `wanted`, from the first, are done.
  private var doneInOrder = 0
  /// What could not be had earlier, and now was.
  private var late: [UInt32] = []

  /// Fetches. What stopped it is in the report; what was received whole is stored all the same.
  func run() -> FetchReport {
    reporting {
      let session = try IMAPSession(mailbox, check: options.check)
      try session.select(readOnly: options.isDry || mailbox.afterwards == .keep)
      try recognise(session.uidvalidity)
      let listed = try list(session)
      if options.isDry {
        report.messages = wanted.count
      } else {
        try receiving({ try fetch(session) }, commit: commit)
        try retryFailed(session)
        try settle(session, listed)
      }
      session.logout()
    }
  }

  // MARK: what is new

  /// A mailbox that was made anew counts its messages anew (RFC 9051 §2.3.1.1).
  private func recognise(_ uidvalidity: UInt32) throws {
    guard state.uidvalidity != uidvalidity else { return }
    if state.uidvalidity != 0 {
      report.notes.append("the mailbox was made anew on the server, so all of it is fetched again")
    }
    state = FetchState(mailbox: mailbox.identity)
    state.uidvalidity = uidvalidity
    // What was kept so far stays kept: only what is fetched from now on is moved, flagged or deleted.
  }

  /// Finds the UIDs that are wanted. The result: all that the server has, from the first that is not settled.
  private func list(_ session: IMAPSession) throws -> [UInt32] {
    let from = min(state.fetched, mailbox.afterwards == .keep ? state.fetched : state.settled)
    var listed: [UInt32] = []
    guard from < UInt32.max else { return [] }
    try session.run("UID FETCH \(from + 1):* (UID)") { response in
      // `n:*` means the last message, too, when that has a smaller UID.
      if response.isFetch, let uid = IMAPFetched(response.text).uid, uid > from { listed.append(uid) }
    }
    listed = Array(Set(listed)).sorted()
    let here = try stored()
    wanted = listed.filter { $0 > state.fetched && !here.contains($0) }
    done = here
    return listed
  }

  /// The UIDs of stored messages that it may still matter of: behind what is settled, or to be tried again.
  private func stored() throws -> Set<UInt32> {
    let prefix = "\(state.uidvalidity)."
    let last = min(state.fetched, state.settled)
    let retry = Set(state.retry)
    var found: Set<UInt32> = []
    try store.forEachName { name in
      guard name.hasPrefix(prefix), name.hasSuffix(Self.suffix),
        let uid = UInt32(name.dropFirst(prefix.count).dropLast(Self.suffix.count)), uid > last || retry.contains(uid)
      else { return }
      found.insert(uid)
    }
    return found
  }

  private static let suffix = ".imap"
  private func name(_ uid: UInt32) -> String { "\(state.uidvalidity).\(uid)\(Self.suffix)" }

  // MARK: fetching

  private func fetch(_ session: IMAPSession) throws {
    outstanding = Set(wanted)
    let chunks = wanted.chunks(of: Self.chunk)
    var tags: [String] = []
    for index in chunks.indices {
      while tags.count < min(index + 2, chunks.count) {
        tags.append(try session.begin("UID FETCH \(UIDSet.text(chunks[tags.count])) (UID BODY.PEEK[])"))
      }
      try receive(session, tags[index], chunks[index])
    }
    try commit()
  }

  /// Stores what comes until a command has ended, and notes what of it did not come. A server may answer the next
  /// command meanwhile (RFC 9051 §5.5), so any message that was asked for is taken.
  private func receive(_ session: IMAPSession, _ tag: String, _ asked: ArraySlice<UInt32>) throws {
    let end = try session.finish(tag, body: store) { response in
      guard response.isFetch else { return }
      let item = IMAPFetched(response.text)
      guard let uid = item.uid, self.outstanding.contains(uid) else { return self.store.abandon() }
      if let text = item.quotedBody, !self.store.isOpen {
        try self.store.begin()
        try text.withByteSlice { try self.store.write($0) }
      }
      guard self.store.isOpen else { return }
      try self.store.end(as: self.name(uid))
      self.outstanding.remove(uid)
      self.done.insert(uid)
      self.advance()
      if self.store.pending >= self.options.batchMessages || self.store.pendingBytes >= self.options.batchBytes {
        try self.commit()
      }
    }
    if end.status != .ok { report.notes.append("the server answers FETCH with: \(end.words)") }
    // Expunged meanwhile, or not to be had: to be asked for once more, by itself.
    let missing = asked.filter { outstanding.contains($0) }
    outstanding.subtract(missing)
    state.retry += missing
    done.formUnion(missing)
  }

  /// Asks once more, one by one, for what the server could not give.
  private func retryFailed(_ session: IMAPSession) throws {
    let failed = state.retry
    guard !failed.isEmpty else { return }
    var still: [UInt32] = []
    let here = try stored()
    for uid in failed where !here.contains(uid) {
      var isHere = false
      let tag = try session.begin("UID FETCH \(uid) (UID BODY.PEEK[])")
      let end = try session.finish(tag, body: store) { response in
        guard response.isFetch, IMAPFetched(response.text).uid == uid, self.store.isOpen else { return }
        try self.store.end(as: self.name(uid))
        isHere = true
        self.late.append(uid)
        self.advance()
      }
      store.abandon()
      if !isHere && end.status != .ok { still.append(uid) }
    }
    state.retry = still
    report.failed = still.count
    try commit()
  }

  private func advance() {
    options.progress(1, wanted.count)
  }

  /// Makes it last: first the messages, then the state that says so.
  private func commit() throws {
    let (messages, bytes) = (store.pending, store.pendingBytes)
    try store.commit()
    report.messages += messages
    report.bytes += bytes
    while doneInOrder < wanted.count, done.contains(wanted[doneInOrder]) {
      state.fetched = max(state.fetched, wanted[doneInOrder])
      doneInOrder += 1
    }
    if doneInOrder == wanted.count, let last = done.max() { state.fetched = max(state.fetched, last) }
    if mailbox.afterwards == .keep { state.settled = state.fetched }
    try state.write(to: statePath)
  }

  // MARK: afterwards

  /// Moves, flags or deletes on the server what is stored here: nothing else, and not before.
  private func settle(_ session: IMAPSession, _ listed: [UInt32]) throws {
    guard mailbox.afterwards != .keep else { return }
    let failed = Set(state.retry)
    let here = try stored()
    let due = listed.filter { $0 > state.settled && $0 <= state.fetched && here.contains($0) && !failed.contains($0) }
    for chunk in Set(due + late).sorted().chunks(of: 500) {
      let set = UIDSet.text(chunk)
      switch mailbox.afterwards {
      case .keep: break
      case .flag(let flag): try session.run("UID STORE \(set) +FLAGS.SILENT (\(flag))")
      case .move(let folder):
        let name = MailboxName.quoted(folder)
        if session.capabilities.contains("MOVE") {
          try session.run("UID MOVE \(set) \(name)", makingFolder: name)
        } else {
          try session.run("UID COPY \(set) \(name)", makingFolder: name)
          try delete(set, session)
        }
      case .delete: try delete(set, session)
      }
      report.settled += chunk.count
      state.settled = max(state.settled, chunk.last ?? 0)
      try state.write(to: statePath)
    }
    if state.settled < state.fetched {
      state.settled = state.fetched
      try state.write(to: statePath)
    }
  }

  /// Deletes these and no others: a plain EXPUNGE would take what somebody else has marked.
  private func delete(_ set: String, _ session: IMAPSession) throws {
    try session.run("UID STORE \(set) +FLAGS.SILENT (\\Deleted)")
    if session.capabilities.contains("UIDPLUS") {
      try session.run("UID EXPUNGE \(set)")
    } else {
      report.notes.append(
        "the server has no UIDPLUS: messages are marked as deleted, and stay until it is told EXPUNGE")
    }
  }
}
