/// How often four bytes stand in a text, as far as that can be told without one: by how common their letters are, and
/// by how many of the words hold them, as what many rules speak of is what mail is full of.
struct Commonness {
  private var holders: GramCounts

  /// - Parameter words: all that are looked for, in lower case.
  init(_ words: [[UInt8]]) {
    holders = GramCounts(upTo: words.reduce(0) { $0 + max($1.count - 3, 0) })
    for word in words where word.count >= 4 {
      for offset in 0...word.count - 4 { holders.add(Self.gram(word, offset)) }
    }
  }

  /// Where in a word of four bytes or more the four begin that stand in the fewest texts, of the offsets that are even
  /// (`parity` 0) or odd (1); three at the end of a word of four.
  func rarest(of word: [UInt8], from parity: Int) -> Int {
    var best = parity
    var most = -1
    for offset in stride(from: parity, through: word.count - 4, by: 2) {
      let letters = (offset..<offset + 4).reduce(0) { $0 + Self.rarity(word[$1]) }
      // Twice as many holders weigh like a byte that is four times as common.
      let shared = 20 * (Int.bitWidth - holders.count(of: Self.gram(word, offset)).leadingZeroBitCount)
      let rarity = max(letters - shared, 0)
      if rarity > most { (best, most) = (offset, rarity) }
    }
    return best
  }

  private static func gram(_ word: [UInt8], _ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 << 8 | UInt32(word[offset + $1] | 0x20) }
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

/// Counts four bytes at a time: a table that only grows, as a start fills it with a hundred thousand.
private struct GramCounts {
  private var slots: [(gram: UInt32, count: UInt32)]

  /// - Parameter most: no more different ones than these are counted.
  init(upTo most: Int) {
    let bits = Int.bitWidth - (2 * most + 1).leadingZeroBitCount
    slots = [(gram: UInt32, count: UInt32)](repeating: (0, 0), count: 1 << bits)
  }

  mutating func add(_ gram: UInt32) {
    let slot = slot(of: gram)
    slots[slot].gram = gram
    slots[slot].count += 1
  }

  func count(of gram: UInt32) -> Int { Int(slots[slot(of: gram)].count) }

  /// Where it is, or where it would be.
  private func slot(of gram: UInt32) -> Int {
    var slot = Int(truncatingIfNeeded: UInt64(gram) &* 0x9E37_79B9_7F4A_7C15 >> 32) & (slots.count - 1)
    while slots[slot].count > 0, slots[slot].gram != gram { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }
}
