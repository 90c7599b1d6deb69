import ByteSlices
import Records

/// A message's subject and headers as patterns see them. What it gives is valid until it is next asked for the same.
final class HeadText {
  private let head = ByteBuffer(capacity: 4 << 10)
  private let tagged = ByteBuffer(capacity: 1 << 10)
  /// More of a header than this tells a rule nothing.
  private static let longestHeader = 500

  /// The lines of the message at hand, when they have been laid out.
  var lines: ByteSlice { head.slice }

  /// Another message begins.
  func forget() { head.removeAll() }

  /// The subject and, below it, the subject without a list's tag, so that '^' finds the beginning of both.
  func subject(_ subject: ByteSlice) -> ByteSlice {
    guard subject.first == 0x5B, let close = subject.firstIndex(of: 0x5D), close < 40 else { return subject }
    let untagged = subject.dropFirst(close + 1).trimmed
    if untagged.isEmpty { return subject }
    tagged.removeAll()
    tagged.append(subject)
    tagged.append(0x0A)
    tagged.append(untagged)
    return tagged.slice
  }

  /// The headers that rules name, laid out as lines, so that one scan serves them all.
  func lines(of record: ParseRecord, _ wanted: HeaderTable) -> ByteSlice {
    head.removeAll()
    head.append("from: ")
    append(record.fromName)
    head.append(" <")
    append(record.from)
    head.append(">\nto: ")
    append(record.to)
    for header in record.headers where wanted.contains(header.name) {
      head.append(0x0A)
      head.append(header.name)
      head.append(": ")
      append(header.value.prefix(HeadText.longestHeader))
    }
    head.append(0x0A)
    return head.slice
  }

  /// A value may hold line ends that an encoded word brought in; they must not begin a line of the block.
  private func append(_ value: ByteSlice) {
    if !value.contains(0x0A) { return head.append(value) }
    for byte in value { head.append(byte == 0x0A ? 0x20 : byte) }
  }
}
