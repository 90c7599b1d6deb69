import ByteSlices

/// Finds every place where one of a few thousand words stands in a text, ASCII letters compared without case.
///
/// At each place of the text one look at a small table, by three bytes and a hint at the fourth, says for nearly all
/// places that no word is there. Each word is entered by its rarest four bytes, wherever in it they stand. So the cost
/// hardly depends on how many words there are, the tables stay in the nearest cache, and there is nothing to compile:
/// texts here are short (a server's words are 80 bytes), and setting an automaton going cost more than a scan.
final class LiteralFinder: @unchecked Sendable {
  /// What stands at a word's rarest bytes.
  private struct Entry {
    /// Three or four bytes, the first lowest, with bit 5 set; `mask` says how many.
    let gram: UInt32
    let mask: UInt32
    let word: Int32
    /// Where in the word the bytes stand.
    let offset: Int32
  }

  private let shift: UInt32
  /// For each hash of three bytes, by the lowest bits of the byte behind them, whether a word may stand there.
  private let filter: UnsafeMutablePointer<UInt8>
  /// The entries of each hash: from `starts[hash]` up to `starts[hash + 1]`.
  private let starts: UnsafeMutablePointer<Int32>
  private let entries: UnsafeMutablePointer<Entry>
  /// The words' bytes, one after the other, and where each begins.
  private let bytes: UnsafeMutablePointer<UInt8>
  private let places: UnsafeMutablePointer<Int32>
  /// For each of these bytes, bit 5 where it is a letter: what makes a letter of the text small.
  private let folds: UnsafeMutablePointer<UInt8>
  /// Words of one or two bytes, by their first.
  private let short: [[Int32]]
  /// For each two bytes with bit 5 set, whether a short word may begin there, as bits.
  private let startsShort: UnsafeMutablePointer<UInt64>
  private let hasShort: Bool

  /// - Parameter words: in lower case, none empty.
  init(_ words: [[UInt8]]) {
    var bits = 10
    while bits < 15, 1 << bits < 4 * words.count { bits += 1 }
    shift = UInt32(32 - bits)
    let slots = 1 << bits
    filter = .allocate(capacity: slots)
    filter.initialize(repeating: 0, count: slots)
    starts = .allocate(capacity: slots + 1)
    starts.initialize(repeating: 0, count: slots + 1)
    startsShort = .allocate(capacity: 1 << 10)
    startsShort.initialize(repeating: 0, count: 1 << 10)
    var short = [[Int32]](repeating: [], count: 256)
    var entries: [(hash: Int, entry: Entry)] = []
    for (index, word) in words.enumerated() {
      if word.count < 3 {
        short[Int(word[0])].append(Int32(index))
        for second in word.count == 2 ? word[1]...word[1] : 0...255 {
          let pair = Int(word[0] | 0x20) | Int(second | 0x20) << 8
          startsShort[pair >> 6] |= 1 << UInt64(pair & 63)
        }
        continue
      }
      let offset = LiteralFinder.rarest(word)
      var gram: UInt32 = 0
      for (place, byte) in word[offset...].prefix(4).enumerated() { gram |= UInt32(byte | 0x20) << UInt32(8 * place) }
      let hash = LiteralFinder.hash(gram, shift)
      filter[hash] |= word.count == 3 ? 0xFF : 1 << UInt8(gram >> 24 & 7)
      let mask: UInt32 = word.count == 3 ? 0xFF_FFFF : 0xFFFF_FFFF
      entries.append((hash, Entry(gram: gram, mask: mask, word: Int32(index), offset: Int32(offset))))
    }
    self.short = short
    hasShort = short.contains { !$0.isEmpty }
    for (hash, _) in entries { starts[hash + 1] += 1 }
    for hash in 0..<slots { starts[hash + 1] += starts[hash] }
    entries.sort { ($0.hash, $0.entry.word) < ($1.hash, $1.entry.word) }
    self.entries = .allocate(capacity: entries.count + 1)
    for (place, entry) in entries.enumerated() { (self.entries + place).initialize(to: entry.entry) }
    let total = words.reduce(1) { $0 + $1.count }
    bytes = .allocate(capacity: total)
    folds = .allocate(capacity: total)
    places = .allocate(capacity: words.count + 1)
    var end = 0
    for (index, word) in words.enumerated() {
      places[index] = Int32(end)
      for byte in word {
        bytes[end] = byte
        folds[end] = byte.isASCIILetter ? 0x20 : 0
        end += 1
      }
    }
    places[words.count] = Int32(end)
  }

  deinit {
    filter.deallocate()
    starts.deallocate()
    entries.deallocate()
    bytes.deallocate()
    folds.deallocate()
    places.deallocate()
    startsShort.deallocate()
  }

  /// Tells `hit` each place where a word begins: of each word in order, of different words in any.
  @inline(__always) func find(in text: ByteSlice, _ hit: (_ word: Int, _ start: Int) -> Void) {
    if hasShort { findShort(in: text, hit) }
    let count = text.count
    guard count >= 3 else { return }
    let base = UnsafeRawPointer(text.base)
    let (filter, shift) = (filter, shift)
    var at = 0
    while at <= count - 4 {
      let gram = base.loadUnaligned(fromByteOffset: at, as: UInt32.self) | 0x2020_2020
      let hint = UInt8(truncatingIfNeeded: gram &>> 24)
      if (filter[LiteralFinder.hash(gram, shift)] &>> hint) & 1 != 0 { look(text, at, gram, hit) }
      at += 1
    }
    let end = UInt32(text.base[count - 3]) | UInt32(text.base[count - 2]) << 8 | UInt32(text.base[count - 1]) << 16
    look(text, count - 3, end | 0x2020_2020, hit)
  }

  @inline(__always) private static func hash(_ gram: UInt32, _ shift: UInt32) -> Int {
    Int(truncatingIfNeeded: ((gram &<< 8) &* 0x9E37_79B1) &>> shift)
  }

  @inline(__always)
  private func look(_ text: ByteSlice, _ at: Int, _ gram: UInt32, _ hit: (_ word: Int, _ start: Int) -> Void) {
    let hash = LiteralFinder.hash(gram, shift)
    var next = Int(starts[hash])
    let end = Int(starts[hash + 1])
    while next < end {
      let entry = entries[next]
      next += 1
      if gram & entry.mask == entry.gram, stands(Int(entry.word), text, at - Int(entry.offset)) {
        hit(Int(entry.word), at - Int(entry.offset))
      }
    }
  }

  @inline(__always) private func stands(_ word: Int, _ text: ByteSlice, _ start: Int) -> Bool {
    let from = Int(places[word])
    let length = Int(places[word + 1]) - from
    guard start >= 0, start + length <= text.count else { return false }
    let here = text.base + start
    if length < 4 {
      for place in 0..<length where here[place] | folds[from + place] != bytes[from + place] { return false }
      return true
    }
    // Four at a time, the last four with some before them once more.
    var at = 0
    while true {
      let four = LiteralFinder.four(here + at) | LiteralFinder.four(folds + (from + at))
      if four != LiteralFinder.four(bytes + (from + at)) { return false }
      if at == length - 4 { return true }
      at = min(at + 4, length - 4)
    }
  }

  @inline(__always) private static func four(_ place: UnsafePointer<UInt8>) -> UInt32 {
    UnsafeRawPointer(place).loadUnaligned(as: UInt32.self)
  }

  private func findShort(in text: ByteSlice, _ hit: (_ word: Int, _ start: Int) -> Void) {
    let base = UnsafeRawPointer(text.base)
    let startsShort = startsShort
    var at = 0
    while at + 1 < text.count {
      let pair = Int(base.loadUnaligned(fromByteOffset: at, as: UInt16.self) | 0x2020)
      if (startsShort[pair &>> 6] &>> UInt64(truncatingIfNeeded: pair)) & 1 != 0 { lookShort(text, at, hit) }
      at += 1
    }
    lookShort(text, at, hit)
  }

  @inline(never) private func lookShort(_ text: ByteSlice, _ at: Int, _ hit: (_ word: Int, _ start: Int) -> Void) {
    guard at < text.count else { return }
    for word in short[Int(text.base[at].asciiLowercased)] where stands(Int(word), text, at) { hit(Int(word), at) }
  }

  /// Where in a word the four bytes begin that stand in the fewest texts.
  private static func rarest(_ word: [UInt8]) -> Int {
    guard word.count > 4 else { return 0 }
    var best = 0
    var most = -1
    for offset in 0...(word.count - 4) {
      let rarity = (offset..<offset + 4).reduce(0) { $0 + LiteralFinder.rarity(word[$1]) }
      if rarity > most { (best, most) = (offset, rarity) }
    }
    return best
  }

  /// How rare a byte is in English text, as the logarithm of one in how many, in tenths.
  private static func rarity(_ byte: UInt8) -> Int {
    switch byte {
    case 0x20: 25
    case 0x61...0x7A: letters[Int(byte - 0x61)]
    case 0x30...0x39: 65
    default: 75
    }
  }

  private static let letters = [
    36, 61, 52, 46, 30, 55, 56, 40, 38, 93, 69, 47, 54, 38, 37, 57, 100, 41, 40, 35, 52, 67, 55, 93, 57, 101,
  ]
}
