import ByteSlices

/// The header fields that a delivered message gets in front of its own bytes: why it is here.
///
/// They stand first, so a reader that takes the first field of a name can't be fooled by the message's own.
enum DeliveryHeader {
  /// The fields, with the line ends that the message has.
  static func of(_ entry: LedgerEntry, lineEnd bytes: ByteSlice) -> String {
    let isCRLF = bytes.firstIndex(of: 0x0A).map { $0 > 0 && bytes[$0 - 1] == 0x0D } ?? false
    let cause = entry.cause.split(separator: "/", maxSplits: 1)
    var text = ""
    text.reserveCapacity(512)
    func add(_ name: String, _ value: String) {
      text += "X-ReturnMill-"
      text += name
      text += ": "
      text += value
      text += "\n"
    }
    add("Id", entry.message.hex)
    add("Category", cause.first.map(clean) ?? "")
    add("Reason", cause.dropFirst().first.map(clean) ?? "")
    add("Rule", clean(entry.rule))
    if !entry.recipients.isEmpty {
      // One a line (RFC 5322 §2.2.3): lines stay short, whatever their number.
      add("Recipient", entry.recipients.map(clean).joined(separator: ",\n "))
    }
    return isCRLF ? text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n") : text
  }

  /// Without what would end the field or break the line.
  static func clean(_ text: some StringProtocol) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return String(text) }
    return String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
  }
}
