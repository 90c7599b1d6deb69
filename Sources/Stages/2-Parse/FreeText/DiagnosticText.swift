import ByteSlices

/// Reads the words in which a mail server says why: its reply code, its status, and the words without their wrapping.
public enum DiagnosticText {
  /// Finds the SMTP reply code (RFC 5321 §4.2) and the enhanced status code (RFC 3463) in free words.
  ///
  /// Both are slices of `words`, empty when there is none. Parts of IP addresses, ports, sizes, years, versions and
  /// ids are not taken for codes. A status beside a reply code beats one that stands alone, and one that names a cause
  /// beats `x.0.0` and `x.4.7` (queue lifetime ran out), behind which servers put what happened last.
  public static func analyse(_ words: ByteSlice) -> (reply: ByteSlice, status: ByteSlice) {
    var reply = ByteSlice.empty
    var replyGrade = 0
    var status = ByteSlice.empty
    var statusGrade = 0
    var at = 0
    while at < words.count {
      let byte = words[at]
      guard byte.isASCIIDigit else {
        at += 1
        continue
      }
      if let length = statusLength(words, at) {
        let found = words.slice(at, at + length)
        let grade = grade(ofStatus: found, in: words, at: at)
        if grade > statusGrade {
          status = found
          statusGrade = grade
        }
        at += length
        continue
      }
      if let grade = grade(ofReplyIn: words, at: at) {
        if grade > replyGrade {
          reply = words.slice(at, at + 3)
          replyGrade = grade
        }
        at += 3
        continue
      }
      while at < words.count, words[at].isASCIIAlphanumeric || words[at] == 0x2E { at += 1 }
    }
    if let first = reply.first, let kind = status.first, first != kind, statusGrade < 40 {
      // They speak of different things unless they stand side by side: a success is none of a failure.
      if kind == 0x32 || first == 0x32 { return (reply, .empty) }
    }
    return (reply, status)
  }

  /// The length of `c.s.d` at `at`: class 2, 4 or 5, subject 0 to 7, detail of up to three digits.
  static func statusLength(_ words: ByteSlice, _ at: Int) -> Int? {
    guard at + 4 < words.count, [0x32, 0x34, 0x35].contains(words[at]), words[at + 1] == 0x2E,
      words[at + 2].isASCIIDigit, words[at + 2] <= 0x37, words[at + 3] == 0x2E, words[at + 4].isASCIIDigit
    else { return nil }
    var end = at + 5
    while end < words.count, end < at + 7, words[end].isASCIIDigit { end += 1 }
    if end < words.count {
      let next = words[end]
      if next.isASCIIAlphanumeric || next == 0x5F || next == 0x40 { return nil }
      if (next == 0x2E || next == 0x2D), end + 1 < words.count, words[end + 1].isASCIIDigit { return nil }
    }
    if at > 0 {
      let before = words[at - 1]
      if before.isASCIIAlphanumeric || before == 0x2E || before == 0x5F || before == 0x2F || before == 0x40 {
        return nil
      }
      if before == 0x2D { return followsReply(words, at - 1) ? end - at : nil }
    }
    return end - at
  }

  /// 40 and more beside a reply code, 30 with `#` or in parentheses, 20 otherwise; less for those that name no cause.
  private static func grade(ofStatus status: ByteSlice, in words: ByteSlice, at: Int) -> Int {
    var grade = 20
    var before = at
    while before > 0, [0x20, 0x2D, 0x3A, 0x23, 0x28, 0x5B, 0x09, 0x0A, 0x27, 0x22].contains(words[before - 1]) {
      before -= 1
    }
    if followsReply(words, before) {
      grade = 40
    } else if at > 0, words[at - 1] == 0x23 || words[at - 1] == 0x28 || words[at - 1] == 0x5B {
      grade = 30
    } else if precededByVersion(words, at) {
      return 0
    }
    if status.hasSuffix(".0.0") { grade -= 18 } else if status.dropFirst() == ".4.7" { grade -= 9 }
    return grade
  }

  /// No status, or one that names no cause: `x.0.0`, or `x.4.7`, after which the last error may be told.
  static func isVague(_ status: ByteSlice) -> Bool {
    status.isEmpty || status.hasSuffix(".0.0") || status.dropFirst() == ".4.7"
  }

  /// True when the three bytes before `end` are a reply code.
  private static func followsReply(_ words: ByteSlice, _ end: Int) -> Bool {
    end >= 3 && end <= words.count && isReplyCode(words, end - 3)
      && (end == 3 || !(words[end - 4].isASCIIAlphanumeric || words[end - 4] == 0x2E))
  }

  /// `2yz` to `5yz` with y from 0 to 7 (RFC 5321 §4.2.1 goes to 5; real servers use 571 and the like).
  private static func isReplyCode(_ words: ByteSlice, _ at: Int) -> Bool {
    at + 3 <= words.count && words[at] >= 0x32 && words[at] <= 0x35 && words[at] != 0x33
      && words[at + 1].isASCIIDigit && words[at + 1] <= 0x37 && words[at + 2].isASCIIDigit
  }

  /// How sure it is that a reply code stands here; nil when none does.
  private static func grade(ofReplyIn words: ByteSlice, at: Int) -> Int? {
    guard isReplyCode(words, at) else { return nil }
    let end = at + 3
    let next: UInt8 = end < words.count ? words[end] : 0x20
    if next.isASCIIAlphanumeric || next == 0x5F || next == 0x25 || next == 0x40 || next == 0x2F || next == 0x5D {
      return nil
    }
    if next == 0x2E || next == 0x2C, end + 1 < words.count, words[end + 1].isASCIIAlphanumeric { return nil }
    // Beside a status there is no doubt.
    var beside = end
    while beside < words.count, beside < end + 4,
      [0x20, 0x2D, 0x3A, 0x23, 0x28, 0x09, 0x27, 0x22].contains(words[beside])
    {
      beside += 1
    }
    let hasStatus = beside > end && statusLength(words, beside) != nil
    if at == 0 { return hasStatus ? 60 : 50 }
    let before = words[at - 1]
    if before.isASCIIAlphanumeric || [0x2E, 0x5F, 0x2F, 0x40, 0x2D, 0x2B, 0x3D, 0x24].contains(before) { return nil }
    if hasStatus { return 55 }
    if before == 0x5B || before == 0x2C { return nil }
    // What may stand before a code: the start of a line, the end of a phrase, a quote, or a word that announces it.
    var back = at
    while back > 0, [0x20, 0x09, 0x28, 0x23, 0x22, 0x27, 0x60].contains(words[back - 1]) { back -= 1 }
    if back == 0 || words[back - 1] == 0x0A { return 45 }
    switch words[back - 1] {
    case 0x2C, 0x3A, 0x3B, 0x3C, 0x3E, 0x29, 0x5D, 0x7C: return portBefore(words, back) ? nil : 40
    default: break
    }
    if followsReply(words, back) { return 20 }
    return announced(words, back) ? 35 : (before == 0x28 || before == 0x23 ? 25 : nil)
  }

  /// `port: 25`, `size: 552`, `[1.2.3.4]:587` are no codes.
  private static func portBefore(_ words: ByteSlice, _ colon: Int) -> Bool {
    guard colon > 0, words[colon - 1] == 0x3A else { return false }
    let word = lastWord(words, colon - 1)
    return ["port", "size", "bytes", "line", "id", "length", "pid", "uid"].contains { word.equals(caseless: $0) }
  }

  private static func announced(_ words: ByteSlice, _ end: Int) -> Bool {
    let word = lastWord(words, end)
    let announcing: [StaticString] = [
      "error", "code", "status", "reply", "response", "said", "returned", "smtp", "reason", "with", "answered",
      "fehler",
      "erreur", "errore", "fout", "diagnostic", "replied", "was", "is",
    ]
    return announcing.contains { word.equals(caseless: $0) }
  }

  private static func precededByVersion(_ words: ByteSlice, _ at: Int) -> Bool {
    var end = at
    while end > 0, words[end - 1].isBlank { end -= 1 }
    let word = lastWord(words, end)
    let versions: [StaticString] = [
      "version", "ver", "v", "exim", "postfix", "sendmail", "release", "server", "mailer", "build", "imail", "smtpd",
    ]
    return versions.contains { word.equals(caseless: $0) }
  }

  /// The letters that end before `end`.
  private static func lastWord(_ words: ByteSlice, _ end: Int) -> ByteSlice {
    var from = end
    while from > 0, words[from - 1].isASCIILetter { from -= 1 }
    return words.slice(from, end)
  }
}
