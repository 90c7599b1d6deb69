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
  /// Words of one or two bytes, by their first.
  private let short: [[Int32]]
  private let startsShort: UnsafeMutablePointer<Bool>
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
    startsShort = .allocate(capacity: 256)
    startsShort.initialize(repeating: false, count: 256)
    var short = [[Int32]](repeating: [], count: 256)
    var entries: [(hash: Int, entry: Entry)] = []
    for (index, word) in words.enumerated() {
      if word.count < 3 {
        short[Int(word[0])].append(Int32(index))
        startsShort[Int(word[0])] = true
        if word[0] &- 0x61 < 26 { startsShort[Int(word[0] ^ 0x20)] = true }
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
    bytes = .allocate(capacity: words.reduce(1) { $0 + $1.count })
    places = .allocate(capacity: words.count + 1)
    var end = 0
    for (index, word) in words.enumerated() {
      places[index] = Int32(end)
      for byte in word {
        bytes[end] = byte
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
    places.deallocate()
    startsShort.deallocate()
  }

  /// Tells `hit` each place where a word begins: of each word in order, of different words in any.
  @inline(__always) func find(in text: ByteSlice, _ hit: (_ word: Int, _ start: Int) -> Void) {
    if hasShort { findShort(in: text, hit) }
    let count = text.count
    guard count >= 3 else { return }
    let base = UnsafeRawPointer(text.base)
    let last = count - 4
    var at = 0
    while at <= last {
      let gram = base.loadUnaligned(fromByteOffset: at, as: UInt32.self) | 0x2020_2020
      if filter[LiteralFinder.hash(gram, shift)] >> UInt8(truncatingIfNeeded: gram >> 24 & 7) & 1 != 0 {
        look(text, at, gram, hit)
      }
      at += 1
    }
    let end = UInt32(text.base[count - 3]) | UInt32(text.base[count - 2]) << 8 | UInt32(text.base[count - 1]) << 16
    look(text, count - 3, end | 0x2020_2020, hit)
  }

  @inline(__always) private static func hash(_ gram: UInt32, _ shift: UInt32) -> Int {
    Int(((gram << 8) &* 0x9E37_79B1) >> shift)
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
    for place in 0..<length where text.base[start + place].asciiLowercased != bytes[from + place] { return false }
    return true
  }

  private func findShort(in text: ByteSlice, _ hit: (_ word: Int, _ start: Int) -> Void) {
    for at in 0..<text.count where startsShort[Int(text.base[at])] {
      for word in short[Int(text.base[at].asciiLowercased)] where stands(Int(word), text, at) { hit(Int(word), at) }
    }
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
