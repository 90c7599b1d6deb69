import ByteSlices

extension ByteSlice {
  /// The offset of the first byte at or after `from` for which `wanted` holds, or the end.
  @inline(__always) func offset(from: Int, where wanted: (UInt8) -> Bool) -> Int {
    var at = from
    while at < count, !wanted(base[at]) { at += 1 }
    return Swift.min(at, count)
  }

  /// The offset of the first CR or LF at or after `from`, or the end.
  func endOfLine(from: Int = 0) -> Int { offset(from: from) { $0 == 0x0A || $0 == 0x0D } }
}
