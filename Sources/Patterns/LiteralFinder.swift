import ByteSlices
import CShims

/// Finds every place where one of a few thousand words stands in a text, ASCII letters compared without case.
///
/// At every second place of the text one look at a small table, by three bytes and a hint at the fourth, says for nearly
/// all of them that no word is there. Each word is entered by the rarest four of its bytes that begin at an even offset
/// in it, and at an odd one: one of the two stands at a place that is looked at. So the cost hardly depends on how many
/// words there are, the tables stay in the nearest cache, and there is nothing to compile: texts here are short (a
/// server's words are 80 bytes), and setting an automaton going cost more than a scan.
final class LiteralFinder: @unchecked Sendable {
  /// What stands at a word's rarest bytes.
  private struct Entry {
    /// Up to four bytes, the first lowest, with bit 5 set; `mask` says which count.
    let gram: UInt32
    let mask: UInt32
    let word: Int32
    /// Where in the word the bytes stand; -1 for the byte before it.
    let offset: Int32
    /// How long the word is, and where in `bytes` it lies.
    let length: Int32
    let place: Int32
  }

  /// For each slot, by the lowest bits of the fourth byte, whether a word may stand there.
  private let filter: UnsafeMutablePointer<UInt8>
  /// The entries of each slot: from `starts[slot]` up to `starts[slot + 1]`.
  private let starts: UnsafeMutablePointer<Int32>
  private let entries: UnsafeMutablePointer<Entry>
  /// For each word its bytes, and before them for each of these bit 5 where it is a letter: what makes a letter of the
  /// text small.
  private let bytes: UnsafeMutablePointer<UInt8>
  /// Words of one byte.
  private let singles: [(word: Int, byte: UInt8)]

  /// Memory for one search at a time.
  final class Scratch {
    fileprivate let places: UnsafeMutablePointer<UInt32>
    init() { places = .allocate(capacity: LiteralFinder.block) }
    deinit { places.deallocate() }
  }

  /// How many places are looked at in one go.
  private static let block = 512

  /// - Parameter words: in lower case, none empty.
  init(_ words: [[UInt8]]) {
    bytes = .allocate(capacity: words.reduce(1) { $0 + 2 * $1.count })
    let commonness = Commonness(words)
    var grams: [Entry] = []
    var singles: [(word: Int, byte: UInt8)] = []
    var end = 0
    for (index, word) in words.enumerated() {
      if word.count == 1 {
        singles.append((index, word[0]))
        continue
      }
      for (at, byte) in word.enumerated() {
        bytes[end + at] = byte.isASCIILetter ? 0x20 : 0
        bytes[end + word.count + at] = byte
      }
      Self.enter(word, Int32(index), Int32(end), commonness, into: &grams)
      end += 2 * word.count
    }
    self.singles = singles
    let slots = Int(RM_GRAM_SLOTS)
    filter = .allocate(capacity: slots)
    filter.initialize(repeating: 0, count: slots)
    starts = .allocate(capacity: slots + 1)
    starts.initialize(repeating: 0, count: slots + 1)
    for entry in grams {
      let slot = Int(rm_gram_slot(entry.gram))
      filter[slot] |= entry.mask >> 24 == 0 ? 0xFF : 1 << UInt8(entry.gram >> 24 & 7)
      starts[slot + 1] += 1
    }
    for slot in 0..<slots { starts[slot + 1] += starts[slot] }
    entries = .allocate(capacity: grams.count + 1)
    var next = Array(UnsafeBufferPointer(start: starts, count: slots))
    for entry in grams {
      let slot = Int(rm_gram_slot(entry.gram))
      (entries + Int(next[slot])).initialize(to: entry)
      next[slot] += 1
    }
  }

  deinit {
    filter.deallocate()
    starts.deallocate()
    entries.deallocate()
    bytes.deallocate()
  }

  /// Enters a word of two bytes or more, which lies at `place`, for even and odd places of the text. A byte that the
  /// word doesn't have is entered as all that it may be.
  private static func enter(
    _ word: [UInt8], _ index: Int32, _ place: Int32, _ commonness: Commonness, into grams: inout [Entry]
  ) {
    func enterGram(at offset: Int) {
      var gram: UInt32 = 0
      var mask: UInt32 = 0
      for place in 0..<4 where word.indices.contains(offset + place) {
        gram |= UInt32(word[offset + place] | 0x20) << UInt32(8 * place)
        mask |= 0xFF << UInt32(8 * place)
      }
      func append(_ gram: UInt32) {
        grams.append(
          Entry(
            gram: gram, mask: mask, word: index, offset: Int32(offset), length: Int32(word.count), place: place))
      }
      // The slot is of three bytes: one of them may be missing, in front or behind.
      let missing = (0..<3).first { mask >> UInt32(8 * $0) & 0xFF == 0 }
      guard let missing else { return append(gram) }
      for bits in UInt32(0)..<32 { append(gram | bits << UInt32(8 * missing)) }
    }
    if word.count < 4 {
      enterGram(at: -1)
      enterGram(at: 0)
    } else {
      for offset in (0...1).map({ commonness.rarest(of: word, from: $0) }).sorted() { enterGram(at: offset) }
    }
  }

  /// Tells `hit` the places where words begin, in any order. Of a word of one byte only the first and the last,
  /// of a letter in either case.
  @inline(__always)
  func find(in text: ByteSlice, _ scratch: Scratch, _ hit: (_ word: Int, _ start: Int) -> Void) {
    for (word, byte) in singles { findSingle(word, byte, in: text, hit) }
    let count = text.count
    var at = 0
    while at + 4 <= count {
      let end = min(at + 2 * LiteralFinder.block, count - 3)
      let found = rm_gram_places(text.base, at, end, filter, scratch.places)
      for i in 0..<found {
        let place = Int(scratch.places[i])
        look(text, place, rm_gram(text.base + place), hit)
      }
      at += (end - at + 1) & ~1
    }
    // The last places have less than four bytes: what is missing can only be of the kind that may be anything.
    while at + 1 < count {
      var gram: UInt32 = 0x2020_2020
      for place in 0..<count - at { gram |= UInt32(text.base[at + place]) << UInt32(8 * place) }
      look(text, at, gram, hit)
      at += 2
    }
  }

  @inline(__always)
  private func look(_ text: ByteSlice, _ at: Int, _ gram: UInt32, _ hit: (_ word: Int, _ start: Int) -> Void) {
    let slot = Int(rm_gram_slot(gram))
    var next = entries + Int(starts[slot])
    let end = entries + Int(starts[slot + 1])
    while next < end {
      if (gram ^ next.pointee.gram) & next.pointee.mask == 0 {
        let start = at - Int(next.pointee.offset)
        if stands(next, text, start) { hit(Int(next.pointee.word), start) }
      }
      next += 1
    }
  }

  @inline(__always)
  private func stands(_ entry: UnsafePointer<Entry>, _ text: ByteSlice, _ start: Int) -> Bool {
    let length = Int(entry.pointee.length)
    guard start >= 0, start + length <= text.count else { return false }
    let here = text.base + start
    let folds = bytes + Int(entry.pointee.place)
    let word = folds + length
    if length < 4 {
      for at in 0..<length where here[at] | folds[at] != word[at] { return false }
      return true
    }
    // Four at a time, the last four with some before them once more.
    var at = 0
    while true {
      let four = LiteralFinder.four(here + at) | LiteralFinder.four(folds + at)
      if four != LiteralFinder.four(word + at) { return false }
      if at == length - 4 { return true }
      at = min(at + 4, length - 4)
    }
  }

  @inline(__always) private static func four(_ place: UnsafePointer<UInt8>) -> UInt32 {
    UnsafeRawPointer(place).loadUnaligned(as: UInt32.self)
  }

  private func findSingle(_ word: Int, _ byte: UInt8, in text: ByteSlice, _ hit: (_ word: Int, _ start: Int) -> Void) {
    findSingle(word, exactly: byte, in: text, hit)
    if byte.isASCIILetter { findSingle(word, exactly: byte & ~0x20, in: text, hit) }
  }

  private func findSingle(
    _ word: Int, exactly byte: UInt8, in text: ByteSlice, _ hit: (_ word: Int, _ start: Int) -> Void
  ) {
    guard let first = text.firstIndex(of: byte) else { return }
    hit(word, first)
    if let last = text.lastIndex(of: byte), last > first { hit(word, last) }
  }
}
