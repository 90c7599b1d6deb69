import ByteSlices
import Mail
import Records

/// Finds and reads the header of the message that came back.
final class ReturnedOriginal {
  private let arena: Arena
  private let text: HeaderText
  private let addresses: AddressParser
  private let store = HeaderStore(limits: HeaderLimits(fields: 2000))
  /// Names of further headers to carry along, as bytes in lower case.
  private let carried: [[UInt8]]
  /// More of them than anybody names, in case a message repeats them without end.
  private static let carriedLimit = 64

  init(arena: Arena, text: HeaderText, carried: [String]) {
    self.arena = arena
    self.text = text
    self.carried = (carried + ["cfbl-feedback-id"]).map { Array($0.utf8) }
    addresses = AddressParser(arena: arena)
  }

  /// The header of an original that stands as text: in a part of its own, or at the end of a report.
  func header(in bytes: ByteSlice) -> HeaderBlock? {
    store.removeAll()
    let (block, _) = store.parse(bytes, style: .message)
    return ReturnedOriginal.isMailHeader(block) ? block : nil
  }

  /// True for the header of a mail: two of the fields that nothing else has.
  static func isMailHeader(_ block: HeaderBlock) -> Bool {
    var marks = 0
    for position in 0..<min(block.count, 200) {
      let field = block[position]
      switch field.name.count {
      case 2 where field.isNamed("to"), 4 where field.isNamed("from") || field.isNamed("date"),
        7 where field.isNamed("subject"), 8 where field.isNamed("received"), 10 where field.isNamed("message-id"),
        11 where field.isNamed("return-path"), 12 where field.isNamed("mime-version") || field.isNamed("content-type"):
        marks += 1
      default: break
      }
      if marks >= 2 { return true }
    }
    return false
  }

  /// What the record keeps of it.
  func evidence(_ block: HeaderBlock, cap: Int, flags: inout MailFlags) -> OriginalEvidence {
    var original = OriginalEvidence()
    for position in 0..<block.count {
      let field = block[position]
      guard let first = field.name.first else { continue }
      if original.headers.count < ReturnedOriginal.carriedLimit, let name = carriedName(field.name) {
        original.headers.append((name, text.decode(field.value, cap: cap, flags: &flags)))
      }
      if field.name.count > 16 { continue }
      switch first | 0x20 {
      case 0x6D where original.messageID.isEmpty && field.isNamed("message-id"):
        original.messageID = MessageIDField.value(field.value, arena)
      case 0x66 where original.from.isEmpty && field.isNamed("from"): original.from = address(field.value)
      case 0x74 where original.to.isEmpty && field.isNamed("to"): original.to = address(field.value)
      case 0x73 where original.subject.isEmpty && field.isNamed("subject"):
        original.subject = text.decode(field.value, cap: cap, flags: &flags)
      case 0x72 where original.returnPath.isEmpty && field.isNamed("return-path"):
        original.returnPath = envelope(field.value)
      case 0x6C:
        if original.listID.isEmpty, field.isNamed("list-id") {
          original.listID = text.decode(field.value, cap: cap, flags: &flags)
        } else if original.listUnsubscribe.isEmpty, field.isNamed("list-unsubscribe") {
          original.listUnsubscribe = text.decode(field.value, cap: cap, flags: &flags)
        }
      case 0x64 where original.time == nil && field.isNamed("date"): original.time = MailDate.seconds(field.value)
      default: break
      }
    }
    return original
  }

  private func carriedName(_ name: ByteSlice) -> ByteSlice? {
    for wanted in carried where wanted.count == name.count && wanted.withByteSlice({ name.equals(caseless: $0) }) {
      return arena.lowercasedASCII(name)
    }
    return nil
  }

  private func address(_ value: ByteSlice) -> ByteSlice {
    guard let mailbox = addresses.first(HeaderText.unfold(value, arena)) else { return .empty }
    return mailbox.address.contains(0x40) ? mailbox.address : .empty
  }

  /// A Return-Path without its brackets; the null sender keeps them.
  func envelope(_ value: ByteSlice) -> ByteSlice {
    let value = value.trimmed
    if value == "<>" || value.equals(caseless: "<MAILER-DAEMON>") && !value.contains(0x40) {
      return ByteSlice("<>" as StaticString)
    }
    return addresses.address(HeaderText.unfold(value, arena))
  }
}

/// Message-ID fields (RFC 5322 §3.6.4).
enum MessageIDField {
  /// The first id without its brackets.
  static func value(_ raw: ByteSlice, _ arena: Arena) -> ByteSlice {
    var value = raw.prefix(1000)
    if let open = value.firstIndex(of: 0x3C) { value = value.dropFirst(open + 1) }
    if let close = value.firstIndex(of: 0x3E) { value = value.prefix(close) }
    return HeaderText.unfold(value.trimmed, arena)
  }
}
