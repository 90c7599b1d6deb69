import ByteSlices

/// A text as rules see it, with the way back to where each of its bytes came from: for explaining, not for judging.
struct FoldedText {
  let bytes: [UInt8]
  /// For each byte, and for the end, its offset in the text as it was.
  private let origins: [Int]

  /// - Parameter masked: whether addresses are taken out, as in a server's words.
  init(_ text: ByteSlice, masked: Bool) {
    var bytes: [UInt8] = []
    var origins: [Int] = []
    bytes.reserveCapacity(text.count)
    origins.reserveCapacity(text.count + 1)
    let scratch = ByteBuffer(capacity: 64)
    var at = 0
    while at < text.count {
      let step = CaseFolding.step(text, at)
      for byte in CaseFolding.fold(text.slice(at, at + step), into: scratch) {
        bytes.append(byte)
        origins.append(at)
      }
      at += step
    }
    origins.append(text.count)
    if masked {
      (bytes, origins) = FoldedText.mask(bytes, origins)
    }
    self.bytes = bytes
    self.origins = origins
  }

  /// The mask only leaves bytes out, so what it leaves is found again by going through both side by side.
  private static func mask(_ bytes: [UInt8], _ origins: [Int]) -> ([UInt8], [Int]) {
    let scratch = ByteBuffer(capacity: bytes.count + 1)
    return bytes.withByteSlice { whole in
      let masked = AddressMask.mask(whole, into: scratch)
      var kept: [Int] = []
      kept.reserveCapacity(masked.count + 1)
      var at = 0
      for byte in masked {
        while at < whole.count, whole[at] != byte { at += 1 }
        kept.append(origins[min(at, whole.count)])
        at += 1
      }
      kept.append(origins[whole.count])
      return (Array(masked), kept)
    }
  }

  /// Where a range of these bytes lies in the text as it was.
  func original(_ range: Range<Int>) -> Range<Int> {
    let lower = origins[min(range.lowerBound, bytes.count)]
    return lower..<max(lower, origins[min(range.upperBound, bytes.count)])
  }
}
