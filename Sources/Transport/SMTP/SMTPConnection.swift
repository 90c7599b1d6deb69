import CCurl
import Foundation

/// One connection to a mail server, which is kept from message to message. `SMTPPool` lends it to one thread at a time.
final class SMTPConnection: @unchecked Sendable {
  private let handle: EasyHandle
  private let server: SMTPServer
  private let password: String?

  init(_ server: SMTPServer, password: String?) throws(TransportError) {
    self.server = server
    self.password = password
    handle = try EasyHandle()
  }

  /// Submits a message.
  func send(_ submission: Submission, unless shouldStop: (() -> Bool)?) -> SubmissionOutcome {
    let addresses = (submission.sender.isEmpty ? [] : [submission.sender]) + submission.recipients
    if let problem = addresses.lazy.compactMap(WireText.problem).first {
      return .failed(SubmissionFailure(isPermanent: true, isAboutServer: false, words: problem))
    }
    guard !submission.recipients.isEmpty else {
      return .failed(SubmissionFailure(isPermanent: true, isAboutServer: false, words: "no recipient"))
    }
    let wire = WireText.crlf(submission.message)
    do {
      let (outcome, mayBeStale) = try attempt(submission, wire, isFresh: false, shouldStop)
      // A connection that lay idle may turn out to be dead only when it is used.
      return mayBeStale ? try attempt(submission, wire, isFresh: true, shouldStop).outcome : outcome
    } catch {
      return .failed(SubmissionFailure(isPermanent: false, isAboutServer: true, words: error.description))
    }
  }

  private func attempt(_ submission: Submission, _ wire: [UInt8], isFresh: Bool, _ shouldStop: (() -> Bool)?)
    throws(TransportError) -> (outcome: SubmissionOutcome, mayBeStale: Bool)
  {
    handle.reset()
    try setOptions()
    try handle.set(CURLOPT_FRESH_CONNECT, isFresh)
    try handle.set(CURLOPT_MAIL_FROM, submission.sender)
    try handle.set(CURLOPT_MAIL_RCPT, submission.recipients)
    try handle.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, true)
    try handle.set(CURLOPT_UPLOAD, true)
    try handle.set(large: CURLOPT_INFILESIZE_LARGE, wire.count)
    var at = 0
    handle.onRead = { buffer in
      let part = wire[at..<min(wire.count, at + buffer.count)]
      buffer.copyBytes(from: part)
      at += part.count
      return part.count
    }
    var dialogue = SMTPDialogue()
    handle.onDialogue = { dialogue.see($0, $1) }
    handle.shouldStop = shouldStop
    let failure: CurlFailure?
    do {
      try handle.perform()
      failure = nil
    } catch {
      failure = error
    }
    let outcome = outcome(submission, dialogue, failure)
    let isReused = handle.number(CURLINFO_NUM_CONNECTS) == 0
    let mayBeStale =
      failure != nil && isReused && !isFresh && dialogue.senderReply == nil
      && failure?.code != CURLE_ABORTED_BY_CALLBACK
      && failure?.code != CURLE_OPERATION_TIMEDOUT
    return (outcome, mayBeStale)
  }

  private func setOptions() throws(TransportError) {
    var url = server.url
    if let helo = server.helo { url += url.hasSuffix("/") ? helo : "/" + helo }
    try handle.set(CURLOPT_URL, url)
    try handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    let level =
      switch server.startTLS {
      case .required: CURLUSESSL_ALL
      case .opportunistic: CURLUSESSL_TRY
      case .never: CURLUSESSL_NONE
      }
    try handle.set(CURLOPT_USE_SSL, Int(level.rawValue))
    try server.tls.apply(to: handle)
    if let user = server.user {
      try handle.set(CURLOPT_USERNAME, user)
      try handle.set(CURLOPT_PASSWORD, password)
    }
    try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(server.connectTimeout * 1000))
    try handle.set(CURLOPT_TIMEOUT_MS, Int(server.timeout * 1000))
    try handle.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(server.timeout.rounded(.up)))
  }

  // MARK: what it came to

  private func outcome(_ submission: Submission, _ dialogue: SMTPDialogue, _ failure: CurlFailure?) -> SubmissionOutcome
  {
    guard let failure else {
      let refused = submission.recipients.enumerated().compactMap { index, recipient -> RefusedRecipient? in
        guard let reply = dialogue.recipientReplies[index], reply.code >= 400 else { return nil }
        return RefusedRecipient(recipient: recipient, failure: refusal(reply))
      }
      return .accepted(dialogue.endReply ?? SMTPReply(code: 250, text: ""), refused: refused)
    }
    // Of several recipients that were all refused, one that may work later decides.
    let refusals = dialogue.recipientReplies.sorted { $0.key < $1.key }.map(\.value).filter { $0.code >= 400 }
    if case .recipient = dialogue.step, refusals.count == submission.recipients.count,
      let reply = refusals.first(where: { !$0.isPermanent }) ?? refusals.first
    {
      return .failed(refusal(reply))
    }
    if let reply = dialogue.lastReply, reply.code >= 400 {
      return .failed(dialogue.step == .session ? sessionFailure(reply, failure) : refusal(reply))
    }
    return .failed(
      SubmissionFailure(
        isPermanent: false, isAboutServer: true, mayHaveArrived: dialogue.step == .end,
        words: "\(server.url): \(failure.words)"))
  }

  private func refusal(_ reply: SMTPReply) -> SubmissionFailure {
    // 421: the server goes down. 530, 534, 535, 538: it wants a login or TLS first. Neither speaks of the message.
    let isAboutServer = [421, 530, 534, 535, 538].contains(reply.code)
    return SubmissionFailure(
      isPermanent: reply.isPermanent && !isAboutServer, isAboutServer: isAboutServer, reply: reply,
      words: reply.description)
  }

  private func sessionFailure(_ reply: SMTPReply, _ failure: CurlFailure) -> SubmissionFailure {
    let words =
      failure.code == CURLE_LOGIN_DENIED
      ? "\(server.url): login as \(server.user ?? "nobody") refused: \(reply); check \"user\" and \"password\""
      : "\(server.url): \(failure.words): \(reply)"
    return SubmissionFailure(isPermanent: false, isAboutServer: true, reply: reply, words: words)
  }
}
