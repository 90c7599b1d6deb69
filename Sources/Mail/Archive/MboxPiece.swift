import ByteSlices

/// One message of an mbox, as it lies there.
struct MboxPiece {
  /// Where its separator line begins, in bytes from the start of the archive.
  var separator: Int
  /// Where the message begins: the first byte after the separator line.
  var offset: Int
  /// How many bytes there are up to the next separator or the end.
  var length: Int
  /// The bytes themselves; the first ones only when there are more than the splitter's limit.
  var raw: ByteSlice
  /// The separator's date.
  var received: Int
  /// True when the archive ends with this message.
  var isLast: Bool

  var isCut: Bool { raw.count < length }
}
