import ByteSlices

extension DiagnosticText {
  /// The most of a server's words that a record keeps, in bytes.
  private static let lengthLimit = 4096

  /// The server's words as one line: without the type in front (`smtp;`), without who said it (`host mx[1.2.3.4]
  /// said:`), without the reply codes that repeat at each line of a multi-line reply, with single spaces.
  ///
  /// Exim's `SMTP error from remote mail server after RCPT TO:<…>:` becomes what Postfix writes in its place, `(in
  /// reply to RCPT TO command)`, at the end: rules need the command, and need to know one way to write it.
  public static func cleaned(_ words: ByteSlice, arena: Arena) -> ByteSlice {
    var rest = words.trimmed
    var command = ByteSlice.empty
    while let shorter = withoutWrapping(rest, &command) { rest = shorter.trimmed }
    rest = withoutMark(rest, &command)
    if rest.count > lengthLimit {
      rest = rest.prefix(lengthLimit)
      // No half of a character at the end.
      while let last = rest.last, last & 0xC0 == 0x80 { rest = rest.dropLast() }
      if let last = rest.last, last >= 0xC0 { rest = rest.dropLast() }
    }
    if rest.isEmpty { return .empty }
    let tail: ByteSlice = command.isEmpty || rest.contains("(in reply to") ? .empty : command
    let room = rest.count + tail.count + 32
    let place = arena.allocate(room)
    var out = 0
    func put(_ bytes: ByteSlice) {
      if out > 0 {
        place[out] = 0x20
        out += 1
      }
      for i in 0..<bytes.count { place[out + i] = bytes[i] }
      out += bytes.count
    }
    var code = ByteSlice.empty
    var status = ByteSlice.empty
    var wasCode = false
    var at = 0
    while let word = nextWord(rest, &at) {
      if word == "Giving", out > 0 {
        let length = givingUpLength(rest.dropFirst(at - word.count))
        if length > 0 {
          at += length - word.count
          continue
        }
      }
      let isSecond = wasCode && word == status && !status.isEmpty
      wasCode = false
      // Sendmail's transcript puts `<<<` before every line of the server.
      if isSecond || word == "<<<" { continue }
      if word.count >= 4, word[3] == 0x2D, isCode(word), code.isEmpty || word.prefix(3) == code {
        let remainder = word.dropFirst(4)
        let isFirst = code.isEmpty
        guard
          remainder.isEmpty || remainder[0].isASCIILetter || statusLength(remainder, 0) == remainder.count || !isFirst
        else {
          put(word)
          continue
        }
        if isFirst {
          code = word.prefix(3)
          put(code)
          if statusLength(remainder, 0) == remainder.count { status = remainder }
          if !remainder.isEmpty { put(remainder) }
        } else if !remainder.isEmpty, remainder != status {
          put(remainder)
        }
        wasCode = remainder.isEmpty
        continue
      }
      if !code.isEmpty, word == code {
        wasCode = true
        continue
      }
      put(word)
    }
    if !tail.isEmpty {
      put(ByteSlice("(in reply to"))
      put(tail)
      put(ByteSlice("command)"))
    }
    arena.shrinkLast(allocated: room, kept: out)
    return ByteSlice(base: place, count: out)
  }

  /// The host whose words these are, where they name it: `host mx.example.com[192.0.2.1] said: …`.
  static func speaker(of words: ByteSlice) -> ByteSlice {
    for announcing in ["host ", "while talking to "] as [StaticString] {
      guard let found = words.firstIndex(of: ByteSlice(announcing)) else { continue }
      if found > 0, words[found - 1].isASCIIAlphanumeric { continue }
      let from = found + announcing.utf8CodeUnitCount
      var end = from
      while end < words.count, words[end].isASCIIAlphanumeric || words[end] == 0x2E || words[end] == 0x2D { end += 1 }
      while end > from, words[end - 1] == 0x2E { end -= 1 }
      if words.slice(from, end).contains(0x2E) { return words.slice(from, end) }
    }
    return complainer(words)
  }

  /// Who did not like what qmail or DragonFly asked: the host, or its address, before those words.
  private static func complainer(_ words: ByteSlice) -> ByteSlice {
    let near = words.prefix(400)
    for phrase in [
      " does not like recipient", " failed after I sent the ", " did not like our ", " but sender was rejected",
      " but my name was rejected", " but greeting failed", " failed on DATA command",
    ] as [StaticString] {
      guard var end = near.firstIndex(of: phrase) else { continue }
      if end > 0, near[end - 1] == 0x5D, let open = near.prefix(end).lastIndex(of: 0x5B) {
        end = open
        while end > 0, near[end - 1].isASCIISpace { end -= 1 }
      }
      var from = end
      while from > 0, near[from - 1].isASCIIAlphanumeric || near[from - 1] == 0x2E || near[from - 1] == 0x2D {
        from -= 1
      }
      if near.slice(from, end).contains(0x2E) { return near.slice(from, end) }
    }
    return .empty
  }

  private static func isCode(_ word: ByteSlice) -> Bool {
    word.count >= 3 && word[0] >= 0x32 && word[0] <= 0x35 && word[1].isASCIIDigit && word[2].isASCIIDigit
  }

  private static func nextWord(_ text: ByteSlice, _ at: inout Int) -> ByteSlice? {
    while at < text.count, text[at].isASCIISpace { at += 1 }
    guard at < text.count else { return nil }
    let from = at
    while at < text.count, !text[at].isASCIISpace { at += 1 }
    return text.slice(from, at)
  }

  /// The words without one more layer of wrapping; nil when there is none left.
  private static func withoutWrapping(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice? {
    if let answer = withoutSession(words, &command) { return answer }
    // `smtp; 550 …`, `X-Postfix; …` (RFC 3464 §2.3.6)
    if let semicolon = words.prefix(24).firstIndex(of: 0x3B), semicolon > 0 {
      let type = words.slice(0, semicolon).trimmed
      let known: [StaticString] = ["smtp", "lmtp", "x400", "dns", "unix", "local", "uucp"]
      if type.hasPrefix(caseless: "x-") && !type.contains(0x20) || known.contains(where: { type.equals(caseless: $0) })
      {
        return words.dropFirst(semicolon + 1)
      }
    }
    for prefix in ["<<<", ">>>", "delay reason:", "reason:", "diagnostic code:"] as [StaticString]
    where words.hasPrefix(caseless: prefix) { return words.dropFirst(prefix.utf8CodeUnitCount) }
    if words.hasPrefix(caseless: "(reason:"), words.last == 0x29 {
      return words.slice(8, words.count - 1)
    }
    if words.count > 2, let first = words.first, first == words.last, first == 0x22 || first == 0x27 {
      return words.slice(1, words.count - 1)
    }
    if words.count > 5, words.hasPrefix(caseless: "host"), words[4].isASCIISpace { return withoutHost(words) }
    if words.hasPrefix(caseless: "smtp error from remote mail")
      || words.hasPrefix(caseless: "lmtp error from remote mail")
      || words.hasPrefix(caseless: "remote mail server")
    {
      return withoutExim(words, &command)
    }
    return nil
  }

  /// `host mx.example.com[192.0.2.1] said: …`, `host mx.example.com [192.0.2.1]: …`, or Exim's host on its own line.
  private static func withoutHost(_ words: ByteSlice) -> ByteSlice? {
    var at = 5
    while at < words.count, words[at].isASCIISpace { at += 1 }
    while at < words.count, !words[at].isASCIISpace, words[at] != 0x5B { at += 1 }
    while at < words.count, words[at].isASCIISpace { at += 1 }
    if at < words.count, words[at] == 0x5B {
      guard let close = words.firstIndex(of: 0x5D, from: at) else { return nil }
      at = close + 1
    }
    let rest = words.dropFirst(at)
    if rest.first == 0x3A { return rest.dropFirst() }
    let trimmed = rest.trimmed
    if trimmed.hasPrefix(caseless: "said:") { return trimmed.dropFirst(5) }
    for follower in ["smtp error from remote", "delay reason:", "lmtp error from remote"] as [StaticString]
    where trimmed.hasPrefix(caseless: follower) { return trimmed }
    return nil
  }

  /// `SMTP error from remote mail server after MAIL FROM:<a@example.org> SIZE=1543: …`
  private static func withoutExim(_ words: ByteSlice, _ command: inout ByteSlice) -> ByteSlice? {
    guard let after = words.prefix(64).firstIndex(of: "after ") else { return nil }
    let commands: [(StaticString, StaticString)] = [
      ("mail from:", "MAIL FROM"), ("rcpt to:", "RCPT TO"), ("pipelined mail from:", "MAIL FROM"),
      ("pipelined rcpt to:", "RCPT TO"), ("end of data", "end of DATA"), ("pipelined end of data", "end of DATA"),
      ("pipelined data", "DATA"), ("data", "DATA"), ("ehlo", "EHLO"), ("helo", "HELO"),
      ("initial connection", "connect"),
      ("sending data block", "DATA"), ("starttls", "STARTTLS"), ("auth", "AUTH"), ("mail command", "MAIL FROM"),
      ("rcpt command", "RCPT TO"), ("data command", "DATA"), ("text command", "end of DATA"),
    ]
    let rest = words.dropFirst(after + 6)
    for (written, name) in commands where rest.hasPrefix(caseless: written) {
      // The colon that ends the phrase is the first one that is followed by white space, past `<…>`.
      var at = written.utf8CodeUnitCount
      while at < rest.count, rest[at].isASCIISpace { at += 1 }
      if at < rest.count, rest[at] == 0x3C, let close = rest.firstIndex(of: 0x3E, from: at) { at = close + 1 }
      guard let colon = rest.firstIndex(of: 0x3A, from: at), colon - at < 80 else { return nil }
      command = ByteSlice(name)
      return rest.dropFirst(colon + 1)
    }
    return nil
  }
}
