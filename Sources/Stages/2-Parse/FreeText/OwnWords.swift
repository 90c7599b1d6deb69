import ByteSlices

/// Parts what a person wrote from what they quote.
public enum OwnWords {
  /// The writer's own words, and all the rest: quoted lines and the lines that announce them, signatures, list
  /// footers, disclaimers, PGP blocks. Both keep the order of their lines; where nothing is quoted, `own` is the text itself.
  ///
  /// Own lines between quoted ones stay own. An announced original without quote marks (Outlook's) is quoted to the
  /// end of the text.
  public static func split(_ text: ByteSlice, arena: Arena) -> (own: ByteSlice, quoted: ByteSlice) {
    var splitter = LineSplitter(text)
    return splitter.split(arena)
  }
}

/// Walks the lines once, with a small look ahead.
private struct LineSplitter {
  private let text: ByteSlice
  /// Where the next line begins.
  private var at = 0
  private var ownCount = 0
  /// The line before was empty, quoted, or there was none: here a paragraph begins.
  private var startsParagraph = true
  private var previousMark: UInt8 = 0

  init(_ text: ByteSlice) { self.text = text }

  /// Bytes of lines go from the text to one of the two; runs of the same kind are copied at once.
  mutating func split(_ arena: Arena) -> (own: ByteSlice, quoted: ByteSlice) {
    var runs: [(from: Int, to: Int, isOwn: Bool)] = []
    func add(_ from: Int, _ to: Int, _ isOwn: Bool) {
      if let last = runs.last, last.isOwn == isOwn, last.to == from {
        runs[runs.count - 1].to = to
      } else if to > from {
        runs.append((from, to, isOwn))
      }
    }
    while at < text.count {
      let from = at
      let end = lineEnd(at)
      let line = text.slice(from, end)
      let next = min(end + 1, text.count)
      switch judge(line, next) {
      case .own:
        add(from, next, true)
        at = next
      case .quoted(let to):
        add(from, to, false)
        at = to
        startsParagraph = true
      case .rest:
        add(from, text.count, false)
        at = text.count
      }
    }
    guard runs.contains(where: { !$0.isOwn }) else { return (text.trimmed, .empty) }
    return (gather(runs, true, arena), gather(runs, false, arena))
  }

  private func gather(_ runs: [(from: Int, to: Int, isOwn: Bool)], _ own: Bool, _ arena: Arena) -> ByteSlice {
    var single: ByteSlice?
    var total = 0
    var count = 0
    for run in runs where run.isOwn == own {
      total += run.to - run.from
      count += 1
      single = text.slice(run.from, run.to)
    }
    if count <= 1 { return (single ?? .empty).trimmed }
    let place = arena.allocate(total)
    var out = 0
    for run in runs where run.isOwn == own {
      for i in run.from..<run.to {
        place[out] = text[i]
        out += 1
      }
    }
    return ByteSlice(base: place, count: total).trimmed
  }

  private enum Judgement {
    case own
    /// Quoted up to an offset.
    case quoted(Int)
    case rest
  }

  private func lineEnd(_ from: Int) -> Int { text.firstIndex(of: 0x0A, from: from) ?? text.count }

  private mutating func judge(_ line: ByteSlice, _ next: Int) -> Judgement {
    let words = line.trimmed
    if words.isEmpty {
      startsParagraph = true
      previousMark = 0
      return .own
    }
    if ownCount > 0, Announcement.isGroupWiseHead(words) { return .rest }
    if let mark = QuoteMark.of(line) {
      let isSure = mark == 0x3E || previousMark == mark || QuoteMark.of(text.slice(next, lineEnd(next))) == mark
      if isSure {
        previousMark = mark
        return .quoted(next)
      }
    }
    previousMark = 0
    if let judgement = announced(line, words, next) { return judgement }
    ownCount += 1
    startsParagraph = false
    return .own
  }

  /// Lines that are not the writer's words themselves, or announce others.
  private mutating func announced(_ line: ByteSlice, _ words: ByteSlice, _ next: Int) -> Judgement? {
    if words.hasPrefix("-----BEGIN PGP ") { return pgp(words, next) }
    if words.hasPrefix("-------------- next part"), let end = scrubbed(next) { return .quoted(end) }
    if line == "-- " || words == "--" && ownCount > 0 { return .rest }
    if words.count < 160 {
      if Announcement.isOriginalSeparator(words) || Announcement.isFooter(words) { return .rest }
      if Announcement.isMobileSignature(words) { return .quoted(next) }
    }
    if Announcement.isRule(words) {
      let following = nextWords(next)
      if Announcement.isFooter(following) || following.prefix(1000).contains(caseless: "mailing list")
        || isHeaderBlock(following)
      {
        return .rest
      }
      return nil
    }
    let rest = text.slice(words.offset(in: text), text.count)
    if ownCount > 0, Disclaimer.begins(rest) { return .quoted(paragraphEnd(next)) }
    if isHeaderBlock(rest) { return .rest }
    return attribution(line, next)
  }

  /// Behind the last line with text, from `from` on.
  private func paragraphEnd(_ from: Int) -> Int {
    var at = from
    while at < text.count {
      let end = lineEnd(at)
      if text.slice(at, end).trimmed.isEmpty { break }
      at = min(end + 1, text.count)
    }
    return at
  }

  /// From the first line with text at or after `from`.
  private func nextWords(_ from: Int) -> ByteSlice {
    var at = from
    while at < text.count, text[at].isASCIISpace { at += 1 }
    return text.slice(at, text.count)
  }

  /// Mailman's note in the place of a part that it took out, up to an empty line: `An HTML attachment was scrubbed...`,
  /// then what it was and where it is now.
  private func scrubbed(_ from: Int) -> Int? {
    let words = nextWords(from)
    guard words.prefix(words.firstIndex(of: 0x0A) ?? words.count).contains(" scrubbed") else { return nil }
    let start = words.offset(in: text)
    return text.firstIndex(of: "\n\n", from: start).map { $0 + 1 } ?? text.count
  }

  /// A signed message's head is passed over; signatures, keys and encrypted messages up to their END line.
  private func pgp(_ words: ByteSlice, _ next: Int) -> Judgement {
    if words.hasPrefix("-----BEGIN PGP SIGNED") {
      var at = next
      while at < text.count {
        let end = lineEnd(at)
        let line = text.slice(at, end).trimmed
        at = min(end + 1, text.count)
        if line.isEmpty { break }
        if !line.contains(0x3A) { return .quoted(next) }
      }
      return .quoted(at)
    }
    guard let end = text.firstIndex(of: "-----END PGP ", from: next) else { return .rest }
    return .quoted(min(lineEnd(end) + 1, text.count))
  }

  /// `On Monday, Anna wrote:` on up to four lines. What follows decides: quote marks, or else all the rest is quoted,
  /// if the line is sure to be an attribution and there was something before it.
  private func attribution(_ line: ByteSlice, _ next: Int) -> Judgement? {
    guard startsParagraph || Attribution.startsLikeOne(line) || line.trimmed.last == 0x3A else { return nil }
    let from = line.offset(in: text)
    var end = from + line.count
    var lines = 1
    while lines < 5, end - from < 500 {
      let whole = text.slice(from, end).trimmed
      if Attribution.ends(whole) {
        guard Attribution.isOne(whole) else { return nil }
        let after = min(end + 1, text.count)
        let following = nextWords(after)
        if following.isEmpty || QuoteMark.of(following.prefix(80)) != nil { return .quoted(after) }
        return ownCount > 0 && Attribution.isSure(whole) ? .rest : nil
      }
      guard end < text.count, startsParagraph || Attribution.startsLikeOne(line) else { return nil }
      let nextEnd = lineEnd(end + 1)
      if text.slice(end + 1, nextEnd).trimmed.isEmpty { return nil }
      if QuoteMark.of(text.slice(end + 1, nextEnd)) == 0x3E { return nil }
      end = nextEnd
      lines += 1
    }
    return nil
  }

  /// Outlook's head of a quoted message: From, and soon Sent or To, and Subject, in one of its languages. Or that of
  /// Notes, below own words: To, cc, and Subject; who wrote, and when, stands on a line before.
  private func isHeaderBlock(_ rest: ByteSlice) -> Bool {
    let isNotes = ownCount > 0 && rest.hasPrefix(caseless: "to:")
    guard isNotes || Announcement.hasLabel(rest, Announcement.from) else { return false }
    var hasOther = false
    var hasSubject = false
    var at = 0
    for _ in 0..<9 {
      guard at < rest.count else { break }
      let end = rest.firstIndex(of: 0x0A, from: at) ?? rest.count
      let line = rest.slice(at, end).trimmed
      if isNotes {
        if line.hasPrefix(caseless: "cc:") { hasOther = true }
        if line.hasPrefix(caseless: "subject:") { hasSubject = true }
      } else if at > 0 {
        if Announcement.hasLabel(line, Announcement.sent) || Announcement.hasLabel(line, Announcement.to) {
          hasOther = true
        }
        if Announcement.hasLabel(line, Announcement.subject) { hasSubject = true }
      }
      if hasOther, hasSubject { return true }
      at = end + 1
    }
    return false
  }
}
