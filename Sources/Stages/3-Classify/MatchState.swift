import Patterns

/// What a message has shown so far: for each pattern whether it matches, and for each alternative of each rule which
/// conditions may hold.
///
/// Patterns come in two steps. A scan says which *may* match, as their literals are there; whether one does is found out
/// only when a rule's turn comes and all its other conditions may hold too. So a message costs what its own words ask
/// for, not what the rules know. Marks made for one recipient are taken back before the next one's.
///
/// Facts and the server's words come first. What they leave of the rules, of those that are asked before one that holds
/// already, says which other fields are wanted: only these are scanned, once a message, and shown to the rules for each
/// recipient that wants them.
struct MatchState {
  /// The bit by which an `unless` is told from a condition.
  static let veto: UInt64 = 1 << 63

  /// What is known of a pattern.
  enum Mark {
    static let absent: UInt8 = 0
    static let possible: UInt8 = 1
    static let present: UInt8 = 2
    static let refuted: UInt8 = 3
  }

  struct Edge: Sendable {
    let alternative: Int32
    let bits: UInt64
  }

  private let conditions: ConditionTable
  /// By pattern: of the message, and of the recipient under examination.
  let marks: UnsafeMutablePointer<UInt8>
  /// By pattern: of the report's text, read as a server's words; for all recipients.
  let textMarks: UnsafeMutablePointer<UInt8>
  /// Where the patterns that are marked may match, likewise.
  let windows: UnsafeMutablePointer<PatternDatabase.Window>
  let textWindows: UnsafeMutablePointer<PatternDatabase.Window>
  private let mask: UnsafeMutablePointer<UInt64>
  private let touched: UnsafeMutablePointer<Int32>
  private var touchedCount = 0
  private let marked: UnsafeMutablePointer<UInt32>
  private var markedCount = 0
  private let inText: UnsafeMutablePointer<UInt32>
  private var inTextCount = 0
  /// Patterns of the fields that were scanned on demand, one field after the other.
  private let found: UnsafeMutablePointer<UInt32>
  private var foundCount = 0
  private let foundIn: UnsafeMutablePointer<(from: Int, to: Int)>
  /// Alternatives that want a field, all else of which may hold.
  private let wanting: UnsafeMutablePointer<Int32>
  private var wantingCount = 0
  /// What has been scanned for the message, and shown for the recipient.
  private var scanned: Wants = []
  private var shown: Wants = []
  /// Alternatives whose conditions may all hold.
  let candidates: UnsafeMutablePointer<Int32>
  private(set) var candidateCount = 0
  private let undo: UnsafeMutablePointer<(alternative: Int32, mask: UInt64)>
  private var undoCount = 0
  private var messageCandidates = 0
  private var messageMarked = 0
  private var messageWanting = 0
  private var forRecipient = false

  init(_ conditions: ConditionTable) {
    self.conditions = conditions
    func zeros<T: FixedWidthInteger>(_ count: Int) -> UnsafeMutablePointer<T> {
      let memory = UnsafeMutablePointer<T>.allocate(capacity: count + 1)
      memory.initialize(repeating: 0, count: count + 1)
      return memory
    }
    marks = zeros(conditions.patterns)
    textMarks = zeros(conditions.patterns)
    marked = zeros(conditions.patterns)
    inText = zeros(conditions.patterns)
    found = zeros(conditions.patterns)
    foundIn = .allocate(capacity: PatternField.allCases.count)
    foundIn.initialize(repeating: (0, 0), count: PatternField.allCases.count)
    mask = zeros(conditions.alternatives)
    touched = zeros(conditions.alternatives)
    candidates = zeros(conditions.alternatives)
    wanting = zeros(conditions.alternatives)
    windows = .allocate(capacity: conditions.patterns + 1)
    windows.initialize(repeating: .all, count: conditions.patterns + 1)
    textWindows = .allocate(capacity: conditions.patterns + 1)
    textWindows.initialize(repeating: .all, count: conditions.patterns + 1)
    undo = .allocate(capacity: conditions.bits + 1)
  }

  func deallocate() {
    marks.deallocate()
    textMarks.deallocate()
    windows.deallocate()
    textWindows.deallocate()
    marked.deallocate()
    inText.deallocate()
    found.deallocate()
    foundIn.deallocate()
    mask.deallocate()
    touched.deallocate()
    candidates.deallocate()
    wanting.deallocate()
    undo.deallocate()
  }

  /// A pattern matches for certain: a fact.
  @inline(__always) mutating func saw(_ pattern: UInt32) { note(pattern, Mark.present, .all) }

  /// A pattern of the server's words may match there, or is known to, or not to.
  @inline(__always) mutating func saw(_ finding: ScanMemory.Finding) {
    note(finding.pattern, finding.mark, finding.window)
  }

  @inline(__always) private mutating func note(_ pattern: UInt32, _ mark: UInt8, _ window: PatternDatabase.Window) {
    let place = Int(pattern)
    if marks[place] != Mark.absent { return }
    marks[place] = mark
    windows[place] = window
    marked[markedCount] = pattern
    markedCount += 1
    follow(place)
  }

  /// The same of the report's text, read as a server's words.
  @inline(__always) mutating func sawInText(_ finding: ScanMemory.Finding) {
    let place = Int(finding.pattern)
    if textMarks[place] != Mark.absent { return }
    textMarks[place] = finding.mark
    textWindows[place] = finding.window
    inText[inTextCount] = finding.pattern
    inTextCount += 1
  }

  /// What the alternatives before one want, and has not been shown for this recipient.
  func wants(before alternative: Int32) -> Wants {
    var wants: Wants = []
    for always in conditions.alwaysWanting {
      if always >= alternative { break }
      wants.formUnion(conditions.wants[Int(always)])
    }
    for i in 0..<wantingCount where wanting[i] < alternative { wants.formUnion(conditions.wants[Int(wanting[i])]) }
    return wants.subtracting(shown)
  }

  /// Whether all that an alternative wants has been shown for this recipient.
  @inline(__always) func hasShown(_ alternative: Int32) -> Bool {
    conditions.wants[Int(alternative)].isSubset(of: shown)
  }

  /// Whether a field has been scanned for this message.
  @inline(__always) func hasScanned(_ field: PatternField) -> Bool { scanned.contains(field.wants) }

  /// From here on up to `endScan`, patterns of a field are told by `found`.
  mutating func beginScan(_ field: PatternField) {
    scanned.formUnion(field.wants)
    foundIn[field.rawValue] = (foundCount, foundCount)
  }

  /// A pattern of the field may match there, or is known to, or not to; it counts for those recipients that the field is
  /// shown for.
  @inline(__always) mutating func found(_ finding: ScanMemory.Finding) {
    let place = Int(finding.pattern)
    if marks[place] != Mark.absent { return }
    marks[place] = finding.mark
    windows[place] = finding.window
    found[foundCount] = finding.pattern
    foundCount += 1
  }

  mutating func endScan(_ field: PatternField) { foundIn[field.rawValue].to = foundCount }

  /// What a field was found to hold counts for this recipient.
  mutating func show(_ field: PatternField) {
    shown.formUnion(field.wants)
    for i in foundIn[field.rawValue].from..<foundIn[field.rawValue].to { follow(Int(found[i])) }
  }

  /// What else was wanted has been told by `saw`.
  mutating func show(_ wants: Wants) { shown.formUnion(wants) }

  /// The report's text counts for this recipient.
  mutating func readText() { for i in 0..<inTextCount { follow(Int(inText[i])) } }

  @inline(__always) private mutating func follow(_ pattern: Int) {
    var at = Int(conditions.starts[pattern])
    let end = Int(conditions.starts[pattern + 1])
    while at < end {
      let edge = conditions.edges[at]
      at += 1
      let alternative = Int(edge.alternative)
      let old = mask[alternative]
      let new = old | edge.bits
      if new == old { continue }
      if forRecipient {
        undo[undoCount] = (edge.alternative, old)
        undoCount += 1
      } else if old == 0 {
        touched[touchedCount] = edge.alternative
        touchedCount += 1
      }
      mask[alternative] = new
      let first = conditions.first[alternative]
      if new & first == first, old & first != first, !conditions.wants[alternative].isEmpty {
        wanting[wantingCount] = edge.alternative
        wantingCount += 1
      }
      if new == conditions.full[alternative] {
        candidates[candidateCount] = edge.alternative
        candidateCount += 1
      }
    }
  }

  /// From here on marks are the recipient's.
  mutating func beginRecipient() {
    forRecipient = true
    messageCandidates = candidateCount
    messageMarked = markedCount
    messageWanting = wantingCount
  }

  /// Takes back the recipient's marks.
  mutating func endRecipient() {
    while undoCount > 0 {
      undoCount -= 1
      mask[Int(undo[undoCount].alternative)] = undo[undoCount].mask
    }
    while markedCount > messageMarked {
      markedCount -= 1
      marks[Int(marked[markedCount])] = Mark.absent
    }
    candidateCount = messageCandidates
    wantingCount = messageWanting
    shown = []
    forRecipient = false
  }

  /// Takes back everything.
  mutating func reset() {
    for i in 0..<touchedCount { mask[Int(touched[i])] = 0 }
    for i in 0..<markedCount { marks[Int(marked[i])] = Mark.absent }
    for i in 0..<inTextCount { textMarks[Int(inText[i])] = Mark.absent }
    for i in 0..<foundCount { marks[Int(found[i])] = Mark.absent }
    touchedCount = 0
    markedCount = 0
    inTextCount = 0
    foundCount = 0
    wantingCount = 0
    scanned = []
    shown = []
    candidateCount = 0
    undoCount = 0
    forRecipient = false
  }
}
