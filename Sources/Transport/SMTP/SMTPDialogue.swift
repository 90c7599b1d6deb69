import CCurl

/// Follows the dialogue of one submission, so that each reply can be told to what it answers.
struct SMTPDialogue {
  /// What the server was last asked.
  enum Step: Equatable {
    /// The greeting, EHLO, STARTTLS, AUTH: all that comes before a message.
    case session
    case sender
    /// The recipient of this index.
    case recipient(Int)
    case data
    /// The end of the message.
    case end
  }

  private(set) var step: Step = .session
  /// The last reply to each step.
  private(set) var sessionReply: SMTPReply?
  private(set) var senderReply: SMTPReply?
  private(set) var recipientReplies: [Int: SMTPReply] = [:]
  private(set) var dataReply: SMTPReply?
  private(set) var endReply: SMTPReply?
  private var recipients = 0
  /// Whether QUIT was said: what is answered to that is of no interest.
  private var isOver = false
  private var lines: [String] = []

  /// The reply to the step that was reached last.
  var lastReply: SMTPReply? {
    switch step {
    case .session: sessionReply
    case .sender: senderReply
    case .recipient(let index): recipientReplies[index]
    case .data: dataReply
    case .end: endReply
    }
  }

  mutating func see(_ kind: curl_infotype, _ bytes: UnsafeRawBufferPointer) {
    switch kind {
    case CURLINFO_HEADER_OUT: sent(bytes)
    case CURLINFO_HEADER_IN: received(bytes)
    default: break
    }
  }

  private mutating func sent(_ command: UnsafeRawBufferPointer) {
    if starts(command, "MAIL FROM:") {
      step = .sender
    } else if starts(command, "RCPT TO:") {
      step = .recipient(recipients)
      recipients += 1
    } else if starts(command, "DATA\r") {
      step = .data
    } else if starts(command, "QUIT\r") {
      isOver = true
    }
  }

  private mutating func received(_ bytes: UnsafeRawBufferPointer) {
    if isOver { return }
    var line = String(decoding: bytes, as: UTF8.self)
    while line.last?.isNewline == true { line.removeLast() }
    guard let code = Int(line.prefix(3)), (200...599).contains(code) else { return }
    if lines.count < 50 { lines.append(String(line.dropFirst(4))) }
    if line.dropFirst(3).first == "-" { return }
    let reply = SMTPReply(code: code, text: lines.joined(separator: " "))
    lines.removeAll()
    switch step {
    case .session: sessionReply = reply
    case .sender: senderReply = reply
    case .recipient(let index): recipientReplies[index] = reply
    case .data:
      dataReply = reply
      if code == 354 { step = .end }
    case .end: endReply = reply
    }
  }

  private func starts(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    bytes.count >= text.utf8CodeUnitCount
      && bytes.prefix(text.utf8CodeUnitCount).elementsEqual(
        UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
