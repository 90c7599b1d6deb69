import ByteSlices
import Patterns
import Records

/// Applies a rule set to messages, one after the other. One for each worker; the rule set is shared.
public final class Judge {
  let rules: RuleSet
  private let scanner: PatternScanner
  private var memory = ScanMemory()
  /// Whether a pattern was confirmed or refuted since the memory last learned.
  private var hasNews = false
  private let state: UnsafeMutablePointer<MatchState>
  /// The text of each field as patterns see it, and the memory it may lie in.
  private var texts = [ByteSlice](repeating: .empty, count: PatternField.allCases.count)
  private let folded = PatternField.allCases.map { _ in ByteBuffer(capacity: 4 << 10) }
  private let masked = ByteBuffer(capacity: 4 << 10)
  /// The report's text as a server's words.
  private var reportText = ByteSlice.empty
  private let reportFolded = ByteBuffer(capacity: 16 << 10)
  private let reportMasked = ByteBuffer(capacity: 16 << 10)
  /// Counted when a rule first wants it.
  private var words: WordCount?
  private var order: [Int32] = []
  private let head = HeadText()
  /// Whether the rules behind the one that decides matter too.
  private var isThorough = false

  /// Throws when there is no memory for the matcher's scratch space.
  public init(_ rules: RuleSet) throws {
    self.rules = rules
    scanner = try PatternScanner(rules.databases)
    state = .allocate(capacity: 1)
    state.initialize(to: MatchState(rules.conditions))
  }

  deinit {
    state.pointee.deallocate()
    state.deallocate()
  }

  /// What a rule says of one recipient.
  struct Ruling {
    let alternative: Int32
    /// Whether the report's text stood in for the server's words.
    let byText: Bool
  }

  /// The verdicts on a message: one for each recipient that it speaks of, else one for the person or for nobody.
  ///
  /// Slices of the result point into the record, the arena and the rule set.
  public func judge(_ record: ParseRecord, arena: Arena) -> VerdictRecord {
    let builder = VerdictBuilder(record, rules, arena)
    scanner.gaveUp = false
    examine(record) { recipient, ruling in builder.add(recipient, ruling) }
    var result = builder.finish()
    if scanner.gaveUp { result.flags.append(ByteSlice("pattern_limit" as StaticString)) }
    return result
  }

  /// The rules that hold for each recipient, the winner first, as indices into `RuleSet.rules`, with the field by which
  /// each holds. One list, without a recipient, when the message names none.
  public func held(_ record: ParseRecord) -> [(recipient: Int?, rules: [(rule: Int, field: String)])] {
    var lists: [(recipient: Int?, rules: [(rule: Int, field: String)])] = []
    isThorough = true
    defer { isThorough = false }
    examine(record) { recipient, ruling in
      var seen: Set<Int32> = []
      let list = holding().compactMap { alternative -> (rule: Int, field: String)? in
        let held = rules.alternatives[Int(alternative)]
        guard seen.insert(held.rule).inserted else { return nil }
        return (Int(held.rule), String(rules.field(of: Ruling(alternative: alternative, byText: ruling.byText))))
      }
      lists.append((recipient, list))
    }
    return lists
  }

  /// For each recipient (once, without one, when the message names none) every rule whose conditions are all met: the
  /// one that decides, those that come too late, and those that something under their `unless` holds back, with what
  /// each of them saw. For explaining, not for judging: it costs a hundred times as much.
  public func hear(_ record: ParseRecord) -> [Hearing] {
    var hearings: [Hearing] = []
    isThorough = true
    defer { isThorough = false }
    examine(record) { index, ruling in
      var court = HearingRoom(rules, record, index.map { record.recipients[$0] }, head: head.lines) { [self] number in
        _ = matches(number)
        if state.pointee.marks[Int(number)] == MatchState.Mark.present { return .own }
        return state.pointee.textMarks[Int(number)] == MatchState.Mark.present ? .reportText : .nowhere
      }
      putInOrder()
      let trials = court.trials(of: order)
      hearings.append(
        Hearing(recipient: index, byText: ruling.byText, exhibits: court.exhibits, trials: trials))
    }
    return hearings
  }

  // MARK: evidence

  /// Shows the rules the message, then each recipient, and tells `rule` what wins.
  private func examine(_ record: ParseRecord, _ rule: (Int?, Ruling) -> Void) {
    state.pointee.reset()
    head.forget()
    hasNews = false
    words = nil
    Facts.show(record) { look($0, $1) }
    var subject = ScanMemory.Recollection.none
    var text: ScanMemory.Recollection?
    func decide(_ index: Int?, _ recipient: RecipientEvidence?) {
      state.pointee.beginRecipient()
      var words = ScanMemory.Recollection.none
      if let recipient {
        Facts.show(recipient) { look($0, $1) }
        words = scan(diagnostic: recipient.diagnostic)
      } else {
        Facts.show(RecipientEvidence()) { look($0, $1) }
      }
      let first = winner(record, &subject)
      let mayReadText = Judge.reports(record) && !record.text.isEmpty
      let alone = record.recipients.count <= 1 || (recipient?.diagnostic.isEmpty ?? true)
      if mayReadText, alone, !rules.alternatives[Int(first)].readsDiagnostic {
        if text == nil { text = siftReportText(record.text) }
        state.pointee.readText()
        rule(index, Ruling(alternative: winner(record, &subject), byText: true))
      } else {
        rule(index, Ruling(alternative: first, byText: false))
      }
      if hasNews, !scanner.gaveUp {
        memory.learn(words, from: state.pointee.marks)
        memory.learn(subject, from: state.pointee.marks)
        if let text { memory.learn(text, from: state.pointee.textMarks) }
        hasNews = false
      }
      state.pointee.endRecipient()
    }
    if record.recipients.isEmpty {
      decide(nil, nil)
    } else {
      for (index, recipient) in record.recipients.enumerated() { decide(index, recipient) }
    }
  }

  /// Whether the text may speak for a server: in all reports, and in what a mail server wrote in a form of its own.
  private static func reports(_ record: ParseRecord) -> Bool {
    switch record.kind {
    case .dsn, .bounce, .mdn: return true
    case .feedback: return false
    case .plain:
      return record.from.hasPrefix(caseless: "mailer-daemon") || record.from.hasPrefix(caseless: "postmaster@")
    }
  }

  /// The first alternative that holds, in the order of the rules. Fields are looked at only when an alternative wants
  /// them that is asked before the first that holds without.
  private func winner(_ record: ParseRecord, _ subject: inout ScanMemory.Recollection) -> Int32 {
    let last = Int32(rules.alternatives.count - 1)
    let limit = isThorough ? last : firstToHold() ?? last
    let wants = state.pointee.wants(before: limit)
    if wants.isEmpty, !isThorough { return limit }
    show(wants, record, &subject)
    return firstToHold() ?? last
  }

  /// The first that holds of those which want nothing that has not been shown.
  private func firstToHold() -> Int32? {
    putInOrder()
    for alternative in order where state.pointee.hasShown(alternative) {
      if rules.conditions.holds(alternative, matches) { return alternative }
    }
    return nil
  }

  /// All alternatives that hold, in the order of the rules.
  private func holding() -> [Int32] {
    putInOrder()
    return order.filter { rules.conditions.holds($0, matches) }
  }

  /// What may hold, in the order of the rules.
  private func putInOrder() {
    order.removeAll(keepingCapacity: true)
    order += UnsafeBufferPointer(start: state.pointee.candidates, count: state.pointee.candidateCount)
    order += rules.unconditional
    order.sort()
  }

  /// Whether a pattern matches; found out at the first question.
  private func matches(_ pattern: UInt32) -> Bool {
    let place = Int(pattern)
    if state.pointee.marks[place] == MatchState.Mark.possible {
      state.pointee.marks[place] =
        confirm(place, nil, state.pointee.windows[place]) ? MatchState.Mark.present : MatchState.Mark.refuted
    }
    if state.pointee.marks[place] == MatchState.Mark.present { return true }
    if state.pointee.textMarks[place] == MatchState.Mark.possible {
      let holds = confirm(place, reportText, state.pointee.textWindows[place])
      state.pointee.textMarks[place] = holds ? MatchState.Mark.present : MatchState.Mark.refuted
    }
    return state.pointee.textMarks[place] == MatchState.Mark.present
  }

  private func confirm(_ pattern: Int, _ text: ByteSlice?, _ window: PatternDatabase.Window) -> Bool {
    hasNews = true
    guard let place = rules.places[pattern] else { return false }
    return scanner.matches(place.field.rawValue, place.index, text ?? texts[place.field.rawValue], in: window)
  }

  private func scan(diagnostic: ByteSlice) -> ScanMemory.Recollection {
    let field = PatternField.diagnostic
    texts[field.rawValue] = .empty
    guard !diagnostic.isEmpty else { return .none }
    let words = AddressMask.mask(CaseFolding.fold(diagnostic, into: folded[field.rawValue]), into: masked)
    texts[field.rawValue] = words
    return recall(words, field) { state.pointee.saw($0) }
  }

  /// Shows the fields that rules want for this recipient.
  private func show(_ wants: Wants, _ record: ParseRecord, _ subject: inout ScanMemory.Recollection) {
    if wants.contains(.words) {
      let count = words ?? WordCount(record.text)
      words = count
      look(ByteSlice(count.fact), Facts.words)
      state.pointee.show(.words)
    }
    for field in PatternField.onDemand where wants.contains(field.wants) {
      if !state.pointee.hasScanned(field) {
        state.pointee.beginScan(field)
        let recollection = scan(text(of: field, record), field)
        if field == .subject { subject = recollection }
        state.pointee.endScan(field)
      }
      state.pointee.show(field)
    }
  }

  private func scan(_ text: ByteSlice, _ field: PatternField) -> ScanMemory.Recollection {
    texts[field.rawValue] = .empty
    guard !text.isEmpty else { return .none }
    let words = CaseFolding.fold(text, into: folded[field.rawValue])
    texts[field.rawValue] = words
    if field == .subject { return recall(words, field) { state.pointee.found($0) } }
    // Bodies and headers hold names and dates: they are not seen again.
    let numbers = rules.numbers[field.rawValue]
    scanner.sift(field.rawValue, words) {
      state.pointee.found(.init(pattern: numbers[$0], mark: MatchState.Mark.possible, window: $1))
    }
    return .none
  }

  private func recall(
    _ words: ByteSlice, _ field: PatternField, _ body: (ScanMemory.Finding) -> Void
  ) -> ScanMemory.Recollection {
    memory.recall(
      words, in: field, scan: { scanner.sift(field.rawValue, words, $0) }, numbers: rules.numbers[field.rawValue], body)
  }

  private func text(of field: PatternField, _ record: ParseRecord) -> ByteSlice {
    let isReport = record.kind != .plain && record.kind != .feedback
    switch field {
    case .diagnostic: return .empty
    case .text: return isReport ? .empty : record.text
    case .reportText: return isReport ? record.text : .empty
    case .subject: return head.subject(record.subject)
    case .head: return head.lines(of: record, rules.headers)
    }
  }

  private func siftReportText(_ text: ByteSlice) -> ScanMemory.Recollection {
    reportText = AddressMask.mask(CaseFolding.fold(text, into: reportFolded), into: reportMasked)
    return recall(reportText, .diagnostic) { state.pointee.sawInText($0) }
  }

  private func look(_ fact: ByteSlice, _ place: Int) { rules.facts.look(fact, place: place, state) }
}

extension RuleSet {
  /// The field by which a ruling holds.
  func field(of ruling: Judge.Ruling) -> ByteSlice {
    let alternative = alternatives[Int(ruling.alternative)]
    return ruling.byText && alternative.readsDiagnostic
      ? ByteSlice("text" as StaticString) : names.slice(alternative.field)
  }
}
