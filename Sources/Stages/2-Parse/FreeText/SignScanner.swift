import ByteSlices
import Patterns

/// The signs that stand in a message. One for each worker.
///
/// `scan` finds out where the words of a sign stand; whether the sign itself does is found out when somebody asks. Most
/// are never asked for: the sender or the subject has ruled their dialect out.
final class SignScanner {
  /// Where a sign may stand.
  private struct Candidate {
    var place = 0
    var pattern = 0
    var window = PatternDatabase.Window.all
  }

  private let databases: [SignDatabase]
  private let scanner: PatternScanner
  private var texts: [ByteSlice]
  private var present: [UInt64]
  private var possible: [UInt64]
  private var candidates: [Candidate]
  private let index: TellIndex
  /// The tells whose first sign may stand in the message, as bits.
  private var tells: [UInt64]

  /// - Throws: `NoMemory`.
  init(_ databases: [SignDatabase], signs: Int, tells index: TellIndex) throws {
    self.databases = databases
    self.index = index
    tells = [UInt64](repeating: 0, count: index.width)
    scanner = try PatternScanner(databases.map(\.patterns))
    texts = databases.map { _ in .empty }
    present = [UInt64](repeating: 0, count: (signs + 63) / 64 + 1)
    possible = present
    candidates = [Candidate](repeating: Candidate(), count: signs + 1)
  }

  /// Whether a sign was given up because to look for it passed the limits of work.
  var gaveUp: Bool { scanner.gaveUp }

  /// Another message begins.
  func begin() {
    for place in present.indices {
      present[place] = 0
      possible[place] = 0
    }
    for place in tells.indices { tells[place] = 0 }
    scanner.gaveUp = false
  }

  /// Looks at a field, whose bytes stay valid until the next message begins, for the signs of a database.
  func scan(_ bytes: ByteSlice, _ place: Int) {
    texts[place] = bytes
    let numbers = databases[place].numbers
    scanner.sift(place, bytes) { pattern, window in
      let number = numbers[pattern]
      possible[number >> 6] |= 1 << UInt64(number & 63)
      candidates[number] = Candidate(place: place, pattern: pattern, window: window)
      index.add(beginningWith: number, to: &tells)
    }
  }

  /// The place of the first tell of a list that holds, of the texts that have been looked at.
  func first(of list: TellIndex.List) -> Int? {
    var place = list.lowerBound
    while place < list.upperBound {
      let rest = tells[place >> 6] >> UInt64(place & 63)
      place = rest == 0 ? (place | 63) + 1 : place + rest.trailingZeroBitCount
      guard rest != 0 else { continue }
      guard place < list.upperBound else { return nil }
      if index.tells[place].holds(self) { return place }
      place += 1
    }
    return nil
  }

  func contains(_ number: Int) -> Bool {
    let (word, bit) = (number >> 6, UInt64(1) << UInt64(number & 63))
    if present[word] & bit != 0 { return true }
    guard possible[word] & bit != 0 else { return false }
    possible[word] &= ~bit
    let candidate = candidates[number]
    let text = texts[candidate.place]
    guard scanner.matches(candidate.place, candidate.pattern, text, in: candidate.window) else { return false }
    present[word] |= bit
    return true
  }

  /// Whether a sign stands in the message and, where it is one of the text, ends before an offset.
  func contains(_ number: Int, before end: Int) -> Bool {
    guard contains(number) else { return false }
    let candidate = candidates[number]
    guard candidate.place >= FreeTextReader.Place.text, end < texts[candidate.place].count else { return true }
    return scanner.matches(
      candidate.place, candidate.pattern, texts[candidate.place].prefix(end), in: candidate.window)
  }

  /// Whether any of a set that is given as bits stands in the message.
  func contains(anyOf others: [UInt64]) -> Bool {
    for word in present.indices where word < others.count {
      if present[word] & others[word] != 0 { return true }
      var asked = possible[word] & others[word]
      while asked != 0 {
        if contains(word << 6 + asked.trailingZeroBitCount) { return true }
        asked &= asked - 1
      }
    }
    return false
  }
}
