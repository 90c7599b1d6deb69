import ByteSlices

/// One message of an mbox, as it lies there.
package struct MboxPiece {
  /// Where its separator line begins, in bytes from the start of the archive.
  package var separator: Int
  /// Where the message begins: the first byte after the separator line.
  package var offset: Int
  /// How many bytes there are up to the next separator or the end.
  package var length: Int
  /// The bytes themselves; the first ones only when there are more than the splitter's limit.
  package var raw: ByteSlice
  /// The separator's date.
  package var received: Int
  /// False when no `>From ` is in the bytes: nothing to take a quote off.
  package var mayBeQuoted = false
  /// True when the archive ends with this message.
  package var isLast: Bool

  package var isCut: Bool { raw.count < length }
}
