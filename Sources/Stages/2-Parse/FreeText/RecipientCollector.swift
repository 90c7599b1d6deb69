import ByteSlices
import Patterns
import Records

/// Gathers what a report says of each recipient, passage by passage.
final class RecipientCollector {
  private let matcher: Matcher
  private let arena: Arena
  private let bystander: Pattern?
  /// What was found of those to ask, in case nobody else is named.
  private var bystanders: [(find: Find, passage: Passage)] = []
  private var input = FreeTextInput()
  private var report = ByteSlice.empty
  private var original = ByteSlice.empty
  private var action = ByteSlice.empty
  private(set) var recipients: [RecipientEvidence] = []
  /// The place of each address, in lower case.
  private var places: [ByteSlice: Int] = [:]

  /// More recipients than any real report names, and more matches than finding them takes.
  private static let matchLimit = 10_000
  /// How often words that name nobody are given to a recipient: they go to all, and both may be many.
  private static let sharingLimit = 100_000
  private var sharing = 0
  /// The lines of the header that name whom the report comes from and goes to; no more of them than is sane.
  private var correspondents: [ByteSlice] = []
  /// True when the report held more recipients than are read.
  private(set) var isCut = false

  init(matcher: Matcher, bystander: Pattern?, arena: Arena) {
    self.matcher = matcher
    self.bystander = bystander
    self.arena = arena
  }

  /// Headers that name whom the report is from and to.
  static let correspondents: [StaticString] = ["to:", "from:", "delivered-to:", "x-original-to:", "reply-to:", "cc:"]

  /// Starts on a report: `report` is the text before the returned `original`.
  func begin(_ input: FreeTextInput, report: ByteSlice, original: ByteSlice, action: ByteSlice) {
    self.input = input
    self.report = report
    self.original = original
    self.action = action
    recipients.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    bystanders.removeAll(keepingCapacity: true)
    correspondents.removeAll(keepingCapacity: true)
    sharing = RecipientCollector.sharingLimit
    isCut = false
    for line in input.headers.lines where correspondents.count < 16 {
      for name in RecipientCollector.correspondents where line.hasPrefix(name) { correspondents.append(line) }
    }
  }

  /// Who is a recipient when a report names only such as are there to be asked.
  enum LastResort { case anybody, named }

  func collect(_ dialect: Dialect, _ resort: LastResort = .anybody) {
    for passage in dialect.recipients { walk(passage, addRecipient) }
    for passage in dialect.otherwise where recipients.isEmpty { walk(passage, addRecipient) }
    if recipients.isEmpty, resort == .anybody {
      let others = bystanders
      bystanders.removeAll()
      for other in others { insert(other.find, other.passage) }
    }
    guard !recipients.isEmpty else { return }
    for passage in dialect.diagnostics { walk(passage, addWords) }
  }

  /// Adds what the fields of a delivery-status part say, where they stand in the text.
  func supplement(_ dialect: Dialect) { for passage in dialect.recipients { walk(passage, addRecipient) } }

  /// The recipients with their words made clean and their codes read.
  func finish() -> [RecipientEvidence] {
    for i in recipients.indices {
      let words = recipients[i].diagnostic
      if !words.isEmpty {
        let codes = DiagnosticText.analyse(words)
        if recipients[i].reply.isEmpty { recipients[i].reply = codes.reply }
        if !codes.status.isEmpty, DiagnosticText.isVague(recipients[i].status) { recipients[i].status = codes.status }
        if recipients[i].remoteMTA.isEmpty { recipients[i].remoteMTA = DiagnosticText.speaker(of: words) }
        recipients[i].diagnostic = DiagnosticText.cleaned(words, arena: arena)
      }
      if recipients[i].action.isEmpty { recipients[i].action = action }
    }
    let result = recipients
    input = FreeTextInput()
    return result
  }

  /// One match of a passage, with the words that belong to it.
  private struct Find {
    var address = ByteSlice.empty
    var alias = ByteSlice.empty
    var words = ByteSlice.empty
    var status = ByteSlice.empty
    var reply = ByteSlice.empty
    var action = ByteSlice.empty
    var remoteMTA = ByteSlice.empty
    var reportingMTA = ByteSlice.empty
    /// Where the words begin in the field: behind the match, or where `diagnostic` was captured.
    var wordsStart = 0
    var start = 0
    var end = 0
  }

  private func walk(_ passage: Passage, _ use: (Find, Passage) -> Void) {
    let field =
      switch passage.field {
      case .text: report
      case .subject: input.subject
      case .headers: input.headers
      case .original: original.prefix(64 << 10)
      }
    var from = 0
    var budget = RecipientCollector.matchLimit
    while from <= field.count, budget > 0 {
      if let after = passage.after {
        guard after.match(in: field, from: from, with: matcher), let range = matcher.range(0) else { return }
        from = range.upperBound
      }
      var to = field.count
      if let before = passage.before, before.match(in: field, from: from, with: matcher), let range = matcher.range(0) {
        to = range.lowerBound
      }
      walk(field.prefix(to), from: from, passage, &budget, use)
      guard passage.after != nil else { return }
      from = max(to, from + 1)
    }
  }

  private func walk(
    _ section: ByteSlice, from start: Int, _ passage: Passage, _ budget: inout Int, _ use: (Find, Passage) -> Void
  ) {
    var from = start
    var pending: Find?
    while passage.match.match(in: section, from: from, with: matcher), let range = matcher.range(0) {
      guard budget > 0 else {
        isCut = true
        break
      }
      budget -= 1
      let find = capture(passage, section, range)
      if let last = pending { use(withWords(last, until: range.lowerBound, section, passage), passage) }
      pending = find
      from = range.upperBound > range.lowerBound ? range.upperBound : range.upperBound + 1
    }
    if let last = pending { use(withWords(last, until: section.count, section, passage), passage) }
  }

  private func capture(_ passage: Passage, _ section: ByteSlice, _ whole: Range<Int>) -> Find {
    func group(_ number: Int) -> ByteSlice {
      guard number >= 0, let range = matcher.range(number) else { return .empty }
      return section[range]
    }
    var find = Find()
    find.address = MailAddress.bare(group(passage.address))
    find.alias = MailAddress.bare(group(passage.alias))
    find.words = group(passage.diagnostic)
    find.status = group(passage.status)
    find.reply = group(passage.reply)
    find.action = group(passage.reportedAction)
    find.remoteMTA = group(passage.remoteMTA)
    find.reportingMTA = group(passage.reportingMTA)
    find.start = whole.lowerBound
    find.end = whole.upperBound
    find.wordsStart = find.words.isEmpty ? find.end : find.words.offset(in: section)
    if passage.isJSON { find.words = JSONText.unescaped(find.words, arena: arena) }
    return find
  }

  /// Adds the words that stand behind the match.
  private func withWords(_ find: Find, until next: Int, _ section: ByteSlice, _ passage: Passage) -> Find {
    var find = find
    let rest = section.slice(find.end, next)
    let taken: Int
    switch passage.words {
    case .none: return find
    case .section: taken = rest.count
    case .lines(let count):
      var at = 0
      var left = count
      while left > 0, at < rest.count {
        at = rest.firstIndex(of: 0x0A, from: at).map { $0 + 1 } ?? rest.count
        left -= 1
      }
      taken = at
    case .paragraph: taken = paragraphEnd(rest)
    case .around:
      taken = paragraphEnd(rest.prefix(lineStart(of: next, in: section) - find.end))
      find.wordsStart = lineStart(of: find.start, in: section)
    case .until(let pattern):
      let found = pattern.match(in: rest, from: 0, with: matcher)
      taken = found ? matcher.range(0)?.lowerBound ?? rest.count : rest.count
    }
    find.words = section.slice(find.wordsStart, find.end + taken)
    return find
  }

  /// Where the line begins that holds an offset.
  private func lineStart(of offset: Int, in section: ByteSlice) -> Int {
    if offset >= section.count { return section.count }
    return section.prefix(offset).lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
  }

  /// Where the first line without text begins, after the line that the match ended in.
  private func paragraphEnd(_ rest: ByteSlice) -> Int {
    var at = 0
    while let end = rest.firstIndex(of: 0x0A, from: at) {
      var next = end + 1
      while next < rest.count, rest[next].isBlank { next += 1 }
      if next >= rest.count || rest[next] == 0x0A { return end }
      at = next
    }
    return rest.count
  }

  private func addRecipient(_ find: Find, _ passage: Passage) {
    var find = find
    if find.address.isEmpty { swap(&find.address, &find.alias) }
    guard !find.address.isEmpty, !(passage.strangers && isKnown(find.address)) else { return }
    if passage.strangers, passage.field == .text, bystanders.count < 100, isBystander(find.address) {
      bystanders.append((find, passage))
      return
    }
    insert(find, passage)
  }

  /// True for whoever is named to be asked: `For help, write to …`, and for those whose office that is.
  private func isBystander(_ address: ByteSlice) -> Bool {
    for office in ["postmaster@", "abuse@", "helpdesk@", "support@", "hostmaster@"] as [StaticString]
    where address.hasPrefix(caseless: office) { return true }
    guard let bystander else { return false }
    let at = address.offset(in: report)
    guard at >= 0, at <= report.count else { return false }
    let near = report.slice(max(0, at - 100), at)
    return bystander.match(in: near, from: 0, with: matcher)
  }

  private func insert(_ find: Find, _ passage: Passage) {
    let place = self.place(of: find.address) ?? self.place(of: find.alias)
    if let place {
      add(find, to: place)
      return
    }
    guard recipients.count < RecipientCollector.matchLimit else {
      isCut = true
      return
    }
    var recipient = RecipientEvidence()
    recipient.address = find.address
    recipient.foundIn = passage.field == .original ? .original : .text
    if !find.alias.isEmpty, !find.alias.equals(caseless: find.address) { recipient.alias = find.alias }
    recipients.append(recipient)
    places[arena.lowercasedASCII(find.address)] = recipients.count - 1
    if !recipient.alias.isEmpty, self.place(of: recipient.alias) == nil {
      places[arena.lowercasedASCII(recipient.alias)] = recipients.count - 1
    }
    add(find, to: recipients.count - 1)
    if recipients[recipients.count - 1].action.isEmpty, let action = passage.action {
      recipients[recipients.count - 1].action = action.slice
    }
  }

  /// Gives words to the recipient that they name; to all that lack some, when they name none.
  private func addWords(_ find: Find, _ passage: Passage) {
    if !find.address.isEmpty || !find.alias.isEmpty {
      if let place = place(of: find.address) ?? place(of: find.alias) {
        add(find, to: place)
      } else if recipients.count == 1 {
        add(find, to: 0)
      }
      return
    }
    guard sharing >= recipients.count else { return }
    sharing -= recipients.count
    // Among several recipients, nobody's words are those of whoever has none of their own.
    for i in recipients.indices where recipients.count == 1 || recipients[i].diagnostic.isEmpty { add(find, to: i) }
  }

  private func place(of address: ByteSlice) -> Int? {
    address.isEmpty ? nil : places[arena.lowercasedASCII(address)]
  }

  /// What is known of a recipient stays; words are added while neither a reply code nor a status is among them.
  private func add(_ find: Find, to place: Int) {
    var recipient = recipients[place]
    if DiagnosticText.isVague(recipient.status), find.status.count > 0,
      DiagnosticText.statusLength(find.status, 0) == find.status.count
    {
      recipient.status = find.status
    }
    if recipient.reply.isEmpty, find.reply.count == 3 { recipient.reply = find.reply }
    if recipient.remoteMTA.isEmpty { recipient.remoteMTA = find.remoteMTA.trimmed }
    if recipient.reportingMTA.isEmpty { recipient.reportingMTA = find.reportingMTA.trimmed }
    let said = Actions.known(find.action)
    if !said.isEmpty { recipient.action = said }
    let words = find.words.contains(where: { $0.isASCIIAlphanumeric || $0 >= 0x80 }) ? find.words.trimmed : .empty
    if recipient.diagnostic.isEmpty {
      recipient.diagnostic = words
    } else if !words.isEmpty, recipient.diagnostic.count < 4096 {
      let codes = DiagnosticText.analyse(recipient.diagnostic)
      if codes.reply.isEmpty, codes.status.isEmpty, recipient.diagnostic.firstIndex(of: words) == nil {
        if words.firstIndex(of: recipient.diagnostic) != nil {
          // The same words with what announces them: only a code among it is news.
          let more = DiagnosticText.analyse(words)
          if !more.reply.isEmpty || !more.status.isEmpty { recipient.diagnostic = words }
          recipients[place] = recipient
          return
        }
        recipient.diagnostic = arena.concat(recipient.diagnostic, ByteSlice("\n"), words)
      }
    }
    recipients[place] = recipient
  }

  /// True for the addresses that the report itself comes from and goes to.
  private func isKnown(_ address: ByteSlice) -> Bool {
    if MailAddress.occurs(address, in: input.from) { return true }
    return correspondents.contains { MailAddress.occurs(address, in: $0) }
  }
}

/// The words for a recipient's fate (RFC 3464 §2.3.3), and what programs write instead.
enum Actions {
  static func known(_ word: ByteSlice) -> ByteSlice {
    let word = word.trimmed
    for action in ["failed", "delayed", "delivered", "relayed", "expanded"] as [StaticString]
    where word.equals(caseless: action) { return ByteSlice(action) }
    for failed in ["failure", "expired", "error", "bounced", "undeliverable", "permanent"] as [StaticString]
    where word.equals(caseless: failed) { return ByteSlice("failed") }
    for delayed in ["delay", "deferred", "warning", "transient"] as [StaticString]
    where word.equals(caseless: delayed) { return ByteSlice("delayed") }
    return .empty
  }
}
