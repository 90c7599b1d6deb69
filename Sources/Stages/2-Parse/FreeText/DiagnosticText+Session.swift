import ByteSlices

/// Accounts of a session: many mailers tell who was asked what before they give the answer. Only the answer is the
/// server's words; the command goes to the end, as Postfix writes it.
extension DiagnosticText {
  /// The answer in a mailer's account of its session, and the command that it answers; nil for other words.
  static func withoutSession(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice? {
    qmail(words, &command) ?? dragonFly(words, &command) ?? gmx(words, &command) ?? transcript(words, &command)
      ?? named(words, &command)
  }

  /// `192.0.2.9 does not like recipient.`, then `Remote host said: 550 …`, then `Giving up on 192.0.2.9.`
  private static func qmail(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice? {
    let mark: StaticString = "remote host said"
    guard let at = words.prefix(512).firstIndex(ofCaseless: mark) else { return nil }
    let head = words.prefix(at)
    if !head.trimmed.isEmpty {
      guard let known = qmailPhrases.first(where: { head.contains(caseless: $0.phrase) }) else { return nil }
      command = ByteSlice(known.command)
    }
    var rest = words.dropFirst(at + mark.utf8CodeUnitCount)
    if rest.first == 0x5B, let close = rest.prefix(40).firstIndex(of: 0x5D) { rest = rest.dropFirst(close + 1) }
    return rest.first == 0x3A ? rest.dropFirst() : nil
  }

  private static let qmailPhrases: [(phrase: StaticString, command: StaticString)] = [
    ("does not like recipient", "RCPT TO"), ("sender was rejected", "MAIL FROM"), ("my name was rejected", "HELO"),
    ("failed after i sent the message", "end of DATA"), ("failed on data command", "DATA"),
    ("greeting failed", "connect"), ("failed after i sent the data", "end of DATA"),
  ]

  /// `mx.example.com [192.0.2.25] did not like our RCPT TO:`, then the answer.
  private static func dragonFly(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice? {
    let mark: StaticString = " did not like our "
    guard let at = words.prefix(300).firstIndex(of: mark) else { return nil }
    let rest = words.dropFirst(at + mark.utf8CodeUnitCount)
    guard let colon = rest.prefix(40).firstIndex(of: 0x3A) else { return nil }
    command = self.command(rest)
    return rest.dropFirst(colon + 1)
  }

  /// `SMTP error from remote server for RCPT TO command, host: mx.example.com (192.0.2.9) reason: 552 …`
  private static func gmx(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice? {
    let mark: StaticString = "smtp error from remote server"
    guard words.hasPrefix(caseless: mark) else { return nil }
    let rest = words.dropFirst(mark.utf8CodeUnitCount).trimmed
    let after = rest.hasPrefix(caseless: "for ") ? 4 : rest.hasPrefix(caseless: "after ") ? 6 : 0
    let known = after > 0 ? self.command(rest.dropFirst(after)) : .empty
    if let reason = rest.prefix(300).firstIndex(ofCaseless: "reason:") {
      command = known
      return rest.dropFirst(reason + 7)
    }
    guard let host = rest.prefix(80).firstIndex(ofCaseless: "host:") else { return nil }
    var at = host + 5
    while at < rest.count, rest[at].isASCIISpace { at += 1 }
    while at < rest.count, !rest[at].isASCIISpace { at += 1 }
    command = known
    return rest.dropFirst(at)
  }

  /// `mx.example.com [192.0.2.7]:`, then `>>> RCPT TO:<…>`, then `<<< 550 …` (Courier, KDDI, and others).
  private static func transcript(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice? {
    let near = words.prefix(800)
    guard let answer = near.firstIndex(of: "<<< "), let asked = near.prefix(answer).firstIndex(of: ">>> ") else {
      return nil
    }
    let head = words.prefix(asked).trimmed
    guard head.isEmpty || head.last == 0x3A && head.count < 256 else { return nil }
    command = self.command(words.dropFirst(asked + 4))
    return words.dropFirst(answer + 4)
  }

  /// Phrases that name the host: Exchange's `Remote Server at mx (192.0.2.1) returned '…'`, hMailServer's
  /// `Remote server replied: …`, MailFoundry's `Server mx[192.0.2.9] failed with: …`, Exim's `H=mx [192.0.2.9]: …`.
  private static func named(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice? {
    if words.hasPrefix("H="), let close = words.prefix(300).firstIndex(of: "]:") { return words.dropFirst(close + 2) }
    let near = words.prefix(400)
    if let at = near.firstIndex(ofCaseless: "remote server replied:") {
      if let sent = near.prefix(at).firstIndex(ofCaseless: "sent: ") {
        command = self.command(words.dropFirst(sent + 6))
      }
      return words.dropFirst(at + 22)
    }
    if words.hasPrefix(caseless: "remote server "), let at = near.prefix(200).firstIndex(ofCaseless: "returned") {
      var rest = words.dropFirst(at + 8).trimmed
      if rest.first == 0x3A { rest = rest.dropFirst().trimmed }
      guard let open = rest.first, open == 0x27 || open == 0x22 else { return rest }
      return rest.last == open ? rest : rest.dropFirst()
    }
    if words.hasPrefix(caseless: "server "), let at = near.prefix(200).firstIndex(ofCaseless: "failed with:") {
      return words.dropFirst(at + 12)
    }
    return words.hasPrefix(caseless: "received >>>") ? words.dropFirst(12) : nil
  }

  /// The name of the command that words begin with, or empty.
  private static func command(_ words: ByteSlice) -> ByteSlice {
    let commands: [(StaticString, StaticString)] = [
      ("rcpt", "RCPT TO"), ("mail", "MAIL FROM"), ("final data", "end of DATA"), ("text", "end of DATA"),
      ("end of data", "end of DATA"), ("data", "DATA"), ("ehlo", "EHLO"), ("helo", "HELO"), ("starttls", "STARTTLS"),
      ("auth", "AUTH"), ("connect", "connect"),
    ]
    for (written, name) in commands where words.hasPrefix(caseless: written) { return ByteSlice(name) }
    return .empty
  }

  /// Yahoo's mark behind an answer: `[RCPT_TO]`.
  static func withoutMark(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice {
    guard words.last == 0x5D else { return words }
    let marks: [(StaticString, StaticString)] = [
      ("[RCPT_TO]", "RCPT TO"), ("[MAIL_FROM]", "MAIL FROM"), ("[BODY]", "end of DATA"), ("[DATA]", "DATA"),
      ("[CONNECT]", "connect"), ("[HELO]", "HELO"), ("[EHLO]", "EHLO"),
    ]
    for (mark, name) in marks where words.hasSuffix(mark) {
      command = ByteSlice(name)
      return words.dropLast(mark.utf8CodeUnitCount).trimmed
    }
    return words
  }

  /// How long `Giving up on 192.0.2.9.` is at the start of words; 0 when it isn't there.
  static func givingUpLength(_ words: ByteSlice) -> Int {
    let mark: StaticString = "Giving up on "
    guard words.hasPrefix(mark) else { return 0 }
    var at = mark.utf8CodeUnitCount
    while at < words.count, !words[at].isASCIISpace { at += 1 }
    return at
  }
}
