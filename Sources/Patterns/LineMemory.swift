import ByteSlices

/// Which words lines were found to hold, so that a line seen before need not be searched again: mail is full of lines
/// that servers and mail programs write into every message, between those that tell one message from the next.
///
/// It holds whole lines and compares them byte for byte, so what is found never depends on what was seen before. Only a
/// line that comes a second time is kept: most of the rest never do. It takes the place of one that shares its slot;
/// when the memory is full, it forgets everything. For one search at a time.
final class LineMemory {
  /// A word, and where in its line it begins.
  struct Hit {
    let word: Int32
    let start: Int32
  }

  /// Small, as a table of them shares the nearest cache with much else.
  private struct Entry {
    var mark: UInt32 = 0
    /// Where the line lies in `texts`; of a line that is not known it has no bytes.
    var text: Int32 = 0
    var hits: Int32 = 0
    var count: UInt16 = 0
    var hitCount: UInt16 = 0
    var isKnown: Bool { count > 0 }
    static let none = Entry()
  }

  /// Lines that are longer seldom come twice.
  private static let longest = 1000
  private static let slotBits = 11
  private static let mostTextBytes = 128 << 10
  private static let mostHits = 1 << 14

  private let entries: UnsafeMutablePointer<Entry>
  /// Part of the number of the last unknown line of each slot.
  private let seen: UnsafeMutablePointer<UInt32>
  private let texts: UnsafeMutablePointer<UInt8>
  private let hits: UnsafeMutablePointer<Hit>
  private var textCount = 0
  private var hitCount = 0

  init() {
    entries = .allocate(capacity: 1 << Self.slotBits)
    entries.initialize(repeating: .none, count: 1 << Self.slotBits)
    seen = .allocate(capacity: 1 << Self.slotBits)
    seen.initialize(repeating: 0, count: 1 << Self.slotBits)
    texts = .allocate(capacity: Self.mostTextBytes)
    hits = .allocate(capacity: Self.mostHits)
  }

  deinit {
    entries.deallocate()
    seen.deallocate()
    texts.deallocate()
    hits.deallocate()
  }

  /// Tells `hit` the places where words begin in a text, as `finder` does; always of the same finder, none of whose words
  /// holds a line end.
  @inline(__always)
  func find(
    _ finder: LiteralFinder, in text: ByteSlice, _ scratch: LiteralFinder.Scratch,
    _ hit: (_ word: Int, _ start: Int) -> Void
  ) {
    var at = 0
    while at < text.count {
      let end = text.firstIndex(of: UInt8(ascii: "\n"), from: at) ?? text.count
      let line = text.slice(at, end)
      if line.isEmpty {
        at = end + 1
        continue
      }
      let entry = line.count <= Self.longest ? entry(of: line, finder, scratch) : .none
      if entry.isKnown {
        for known in UnsafeBufferPointer(start: hits + Int(entry.hits), count: Int(entry.hitCount)) {
          hit(Int(known.word), at + Int(known.start))
        }
      } else {
        finder.find(in: line, scratch) { hit($0, at + $1) }
      }
      at = end + 1
    }
  }

  /// What is known of a line; at its second time it becomes known.
  @inline(__always)
  private func entry(of line: ByteSlice, _ finder: LiteralFinder, _ scratch: LiteralFinder.Scratch) -> Entry {
    let hash = line.lookupHash
    let mark = UInt32(truncatingIfNeeded: hash)
    let slot = Int(truncatingIfNeeded: hash >> UInt64(64 - Self.slotBits))
    let entry = entries[slot]
    if entry.mark == mark, ByteSlice(base: texts + Int(entry.text), count: Int(entry.count)) == line { return entry }
    if seen[slot] == mark { return keep(line, mark, slot, finder, scratch) }
    seen[slot] = mark
    return .none
  }

  /// Searches a line and keeps what it holds. It stays unknown when that is more than the memory takes.
  @inline(never)
  private func keep(
    _ line: ByteSlice, _ mark: UInt32, _ slot: Int, _ finder: LiteralFinder, _ scratch: LiteralFinder.Scratch
  ) -> Entry {
    if textCount + line.count > Self.mostTextBytes || hitCount + line.count > Self.mostHits { forget() }
    let first = hitCount
    var fits = true
    finder.find(in: line, scratch) { word, start in
      guard hitCount < Self.mostHits else { return fits = false }
      hits[hitCount] = Hit(word: Int32(truncatingIfNeeded: word), start: Int32(truncatingIfNeeded: start))
      hitCount += 1
    }
    guard fits else {
      hitCount = first
      return .none
    }
    let entry = Entry(
      mark: mark, text: Int32(textCount), hits: Int32(first), count: UInt16(line.count),
      hitCount: UInt16(hitCount - first))
    (texts + textCount).update(from: line.base, count: line.count)
    textCount += line.count
    entries[slot] = entry
    return entry
  }

  private func forget() {
    entries.update(repeating: .none, count: 1 << Self.slotBits)
    textCount = 0
    hitCount = 0
  }
}
