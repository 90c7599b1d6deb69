/// Message numbers as IMAP writes them: `3:7,9` (RFC 9051 §9, sequence-set).
enum UIDSet {
  /// The UIDs, ascending, in ranges of what follows each other.
  static func text(_ uids: some Collection<UInt32>) -> String {
    var ranges: [ClosedRange<UInt32>] = []
    for uid in uids {
      if let last = ranges.last, last.upperBound + 1 == uid {
        ranges[ranges.count - 1] = last.lowerBound...uid
      } else {
        ranges.append(uid...uid)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound):\($0.upperBound)" }
      .joined(separator: ",")
  }
}

extension Array {
  /// The elements in runs of at most so many.
  func chunks(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
