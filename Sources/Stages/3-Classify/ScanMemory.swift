import ByteSlices
import Patterns

/// What scans of short texts have found, so that a text seen before need not be scanned again: servers repeat their
/// words, mail programs their subjects.
///
/// It holds whole texts and compares them byte for byte, so a verdict never depends on what a worker has seen before.
/// It forgets everything when it is full. One for each worker.
struct ScanMemory {
  /// A pattern whose literals the text holds, and what is known of it.
  struct Finding {
    let pattern: UInt32
    var mark: UInt8
    let window: PatternDatabase.Window
  }

  private struct Entry {
    let hash: UInt64
    let field: UInt8
    let text: (from: Int, count: Int)
    let findings: Range<Int>
  }

  /// What is known of one text. Of no use once the memory has forgotten.
  struct Recollection {
    fileprivate let generation: Int
    fileprivate let findings: Range<Int>
    static let none = Recollection(generation: 0, findings: 0..<0)
  }

  /// Longer texts are scanned each time.
  static let longestText = 4 << 10
  /// Texts whose numbers lie close together; those beyond are scanned each time.
  private static let mostProbes = 8
  private static let mostTextBytes = 1 << 20
  private static let mostFindings = 1 << 17
  private static let slotBits = 13

  private var entries: [Entry] = []
  private var slots = [Int32](repeating: -1, count: 1 << Self.slotBits)
  private let texts = ByteBuffer(capacity: 64 << 10)
  private var findings: [Finding] = []
  private var generation = 1

  /// Tells `body` what a text holds, as it was found before or, the first time, by `scan`.
  mutating func recall(
    _ text: ByteSlice, in field: PatternField, scan: ((Int, PatternDatabase.Window) -> Void) -> Void,
    numbers: [UInt32], _ body: (Finding) -> Void
  ) -> Recollection {
    let hash = text.lookupHash
    let home = Int(truncatingIfNeeded: hash >> UInt64(64 - Self.slotBits))
    var slot = home
    var probes = 0
    while probes < Self.mostProbes, slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, entry.field == UInt8(field.rawValue),
        texts.slice.slice(entry.text.from, entry.text.from + entry.text.count) == text
      {
        for i in entry.findings { body(findings[i]) }
        return Recollection(generation: generation, findings: entry.findings)
      }
      slot = (slot + 1) & (slots.count - 1)
      probes += 1
    }
    if texts.count > Self.mostTextBytes || findings.count > Self.mostFindings || entries.count > slots.count / 2 {
      forget()
      (slot, probes) = (home, 0)
    }
    let start = findings.count
    scan { place, window in
      findings.append(Finding(pattern: numbers[place], mark: MatchState.Mark.possible, window: window))
    }
    for i in start..<findings.count { body(findings[i]) }
    guard probes < Self.mostProbes, text.count <= Self.longestText else {
      findings.removeLast(findings.count - start)
      return .none
    }
    slots[slot] = Int32(entries.count)
    entries.append(
      Entry(
        hash: hash, field: UInt8(field.rawValue), text: (texts.count, text.count), findings: start..<findings.count))
    texts.append(text)
    return Recollection(generation: generation, findings: start..<findings.count)
  }

  /// Keeps what has since been found out about the patterns of a text.
  mutating func learn(_ recollection: Recollection, from marks: UnsafeMutablePointer<UInt8>) {
    guard recollection.generation == generation else { return }
    for i in recollection.findings { findings[i].mark = marks[Int(findings[i].pattern)] }
  }

  private mutating func forget() {
    generation += 1
    entries.removeAll(keepingCapacity: true)
    for slot in slots.indices { slots[slot] = -1 }
    texts.removeAll()
    findings.removeAll(keepingCapacity: true)
  }
}
