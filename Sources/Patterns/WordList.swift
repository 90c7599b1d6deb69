/// Words of any bytes, all in one run of memory: reading a pattern makes sets of them, multiplies them out and throws
/// them away, and a thousand patterns do so a hundred thousand times.
struct WordList: Equatable {
  private(set) var bytes: [UInt8] = []
  /// Where in `bytes` each word ends.
  private(set) var ends: [Int] = []

  init() {}

  /// - Parameter word: the only one.
  init(_ word: some Collection<UInt8>) {
    bytes = Array(word)
    ends = [bytes.count]
  }

  /// The word of no bytes, alone.
  static let blank = WordList([])

  /// How many bytes the shortest and the longest word have; zero where there is none.
  var lengths: (least: Int, most: Int) {
    guard !ends.isEmpty else { return (0, 0) }
    var (least, most) = (Int.max, 0)
    var start = 0
    for end in ends {
      least = Swift.min(least, end - start)
      most = Swift.max(most, end - start)
      start = end
    }
    return (least, most)
  }

  var hasBlank: Bool {
    var start = 0
    for end in ends {
      if end == start { return true }
      start = end
    }
    return false
  }

  mutating func append(_ word: some Collection<UInt8>) {
    bytes.append(contentsOf: word)
    ends.append(bytes.count)
  }

  mutating func append(_ other: WordList) {
    if ends.isEmpty { return self = other }
    let start = bytes.count
    bytes.append(contentsOf: other.bytes)
    ends.reserveCapacity(ends.count + other.ends.count)
    for end in other.ends { ends.append(start + end) }
  }

  /// Puts the same bytes behind each of the words.
  mutating func extend(by tail: ArraySlice<UInt8>) {
    guard ends.count == 1 else { return multiply(by: WordList(tail)) }
    bytes.append(contentsOf: tail)
    ends[0] = bytes.count
  }

  /// Puts each of the tails behind each of the words: first all of them behind the first word.
  mutating func multiply(by tails: WordList) {
    if ends.count == 1, bytes.isEmpty { return self = tails }
    if ends.count == 1, tails.ends.count == 1 { return extend(by: tails.bytes[...]) }
    var product = WordList()
    product.bytes.reserveCapacity(bytes.count * tails.ends.count + tails.bytes.count * ends.count)
    product.ends.reserveCapacity(ends.count * tails.ends.count)
    forEach { head in
      tails.forEach { tail in
        product.bytes.append(contentsOf: head)
        product.append(tail)
      }
    }
    self = product
  }

  /// Leaves the first of words that are the same.
  mutating func removeDuplicates() {
    guard ends.count > 1 else { return }
    // The length and the first bytes tell nearly all apart.
    var marks: [UInt64] = []
    marks.reserveCapacity(ends.count)
    var doubles: [Int] = []
    forEach { word in
      let mark = word.prefix(7).reduce(UInt64(truncatingIfNeeded: word.count)) { $0 << 8 | UInt64($1) }
      let isKnown = marks.indices.contains { marks[$0] == mark && word.elementsEqual(self[$0]) }
      if isKnown { doubles.append(marks.count) }
      marks.append(mark)
    }
    if doubles.isEmpty { return }
    var kept = WordList()
    for place in indices where !doubles.contains(place) { kept.append(self[place]) }
    self = kept
  }

  /// Lends each word.
  @inline(__always) func forEach(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      for end in ends {
        body(UnsafeBufferPointer(rebasing: bytes[start..<end]))
        start = end
      }
    }
  }
}

extension WordList: RandomAccessCollection {
  var startIndex: Int { 0 }
  var endIndex: Int { ends.count }

  subscript(place: Int) -> ArraySlice<UInt8> { bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]] }
}
