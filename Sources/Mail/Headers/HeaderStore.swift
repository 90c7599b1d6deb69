import ByteSlices
import CShims

/// How the beginning of a header block is to be read.
public enum HeaderStyle: Sendable {
  /// A message: blank lines, a stray mbox separator or garbage may stand before it.
  case message
  /// A message inside a message: blank lines or a stray separator may stand before it.
  case embedded
  /// A body part: a blank line first means that there are no fields (RFC 2046 §5.1).
  case part
  /// A group of fields in a report (RFC 3464 §2.1): any number of blank lines may stand before it.
  case group
}

/// Limits on what one message may make the reader remember.
public struct HeaderLimits: Sendable {
  /// Fields kept over all blocks of a message.
  public var fields: Int
  /// Bytes kept of one field's value.
  public var value: Int

  public init(fields: Int = 20_000, value: Int = 64 << 10) {
    self.fields = fields
    self.value = value
  }
}

/// Cuts header blocks into fields, and holds the fields of a whole message in one piece of memory that a worker reuses.
public final class HeaderStore {
  @exclusivity(unchecked) @usableFromInline var fields: UnsafeMutablePointer<HeaderField>
  @exclusivity(unchecked) private var count = 0
  @exclusivity(unchecked) private var capacity: Int
  private let limits: HeaderLimits
  /// What was odd since the last `removeAll`.
  @exclusivity(unchecked) public private(set) var flags: MailFlags = []

  public init(limits: HeaderLimits = HeaderLimits()) {
    self.limits = limits
    capacity = 128
    fields = .allocate(capacity: capacity)
  }

  deinit { fields.deallocate() }

  /// Forgets all fields and keeps the memory. Blocks handed out before are void.
  public func removeAll() {
    count = 0
    flags = []
  }

  /// Cuts the block that starts at `from`. Returns its fields, and where the body begins (after the blank line). Where
  /// there are no fields the body begins at `from`; in a report, after the line that is no field.
  public func parse(_ text: ByteSlice, from start: Int = 0, style: HeaderStyle) -> (block: HeaderBlock, body: Int) {
    let first = count
    var at = start
    guard skipToFields(text, &at, style) else {
      let body = style == .group ? HeaderStore.nextLine(text, at) : start
      return (HeaderBlock(store: self, from: first, to: first), body)
    }
    var name = ByteSlice.empty
    var valueStart = -1
    var valueEnd = 0
    while at < text.count {
      let lineEnd = text.firstIndex(of: 0x0A, from: at) ?? text.count
      let next = min(lineEnd + 1, text.count)
      let byte = lineEnd > at ? text.base[at] : 0x0A
      if byte == 0x0A {  // the blank line
        at = next
        break
      }
      if byte.isBlank {
        if valueStart < 0 || text.slice(at, lineEnd).trimmed.isEmpty && !continues(text, next) {
          // White space alone stands for the blank line, unless fields follow.
          if valueStart >= 0 {
            at = next
            break
          }
          flags.insert(.badHeaderLine)
        } else {
          valueEnd = lineEnd
        }
        at = next
        continue
      }
      if let colon = HeaderStore.colon(text, at, lineEnd) {
        add(name, text, valueStart, valueEnd)
        var nameEnd = colon
        while nameEnd > at, text.base[nameEnd - 1].isBlank { nameEnd -= 1 }
        name = text.slice(at, nameEnd)
        valueStart = colon + 1
        valueEnd = lineEnd
        at = next
        continue
      }
      // Neither a field nor a fold: a stray line if fields go on after it, else the body's first.
      let isDelimiter = byte == 0x2D && lineEnd - at >= 2 && text.base[at + 1] == 0x2D
      guard !isDelimiter, style != .group, continues(text, next) else { break }
      flags.insert(.badHeaderLine)
      at = next
    }
    add(name, text, valueStart, valueEnd)
    return (HeaderBlock(store: self, from: first, to: count), at)
  }

  private func add(_ name: ByteSlice, _ text: ByteSlice, _ from: Int, _ to: Int) {
    guard from >= 0 else { return }
    guard count < limits.fields else {
      flags.insert(.headerLimit)
      return
    }
    if count == capacity { grow() }
    var value = text.slice(from, to)
    if value.count > limits.value {
      flags.insert(.headerLimit)
      value = value.prefix(limits.value)
    }
    (fields + count).initialize(to: HeaderField(name: name, value: value.trimmed))
    count += 1
  }

  private func grow() {
    let bigger = UnsafeMutablePointer<HeaderField>.allocate(capacity: capacity * 2)
    bigger.moveInitialize(from: fields, count: count)
    fields.deallocate()
    fields = bigger
    capacity *= 2
  }

  /// Goes on to where the first field begins; false when there is none.
  private func skipToFields(_ text: ByteSlice, _ at: inout Int, _ style: HeaderStyle) -> Bool {
    guard at < text.count else { return true }
    if style == .part {
      let byte = text.base[at]
      if byte == 0x0A || byte == 0x2D || byte.isBlank || HeaderStore.isField(text, at) { return true }
      return continues(text, HeaderStore.nextLine(text, at))
    }
    if text.slice(at, at + 3) == "\u{FEFF}" { at += 3 }
    // Sixty-four lines of garbage are put up with when what follows can only be the header of a mail.
    var garbage = 0
    var skipped = 0
    while at < text.count {
      let next = HeaderStore.nextLine(text, at)
      let line = text.slice(at, next)
      if line.trimmed.isEmpty {
        at = next
        skipped += 1
        continue
      }
      if HeaderStore.isField(text, at), garbage == 0 || HeaderStore.isWellKnown(text, at) {
        if skipped > 0 || garbage > 0, style == .message { flags.insert(.badHeaderLine) }
        return true
      }
      if !line.hasPrefix("From "), !line.hasPrefix(">From ") {
        guard style == .message, garbage < 64 else { return false }
        garbage += 1
      }
      at = next
      skipped += 1
    }
    return garbage == 0
  }

  /// True when the line at `at` is a field, and so the header goes on.
  private func continues(_ text: ByteSlice, _ at: Int) -> Bool {
    guard at < text.count else { return false }
    return HeaderStore.isField(text, at)
  }

  @inline(__always) private static func nextLine(_ text: ByteSlice, _ at: Int) -> Int {
    min((text.firstIndex(of: 0x0A, from: at) ?? text.count) + 1, text.count)
  }

  /// True when the line that starts at `at` has the form of a field.
  public static func isField(_ text: ByteSlice, _ at: Int) -> Bool {
    colon(text, at, min(at + 1000, text.count)) != nil
  }

  /// The offset of the colon after a field name, which may have blanks before the colon (RFC 5322 §4.5).
  @inline(__always) static func colon(_ text: ByteSlice, _ from: Int, _ to: Int) -> Int? {
    var at = rm_field_name_end(text.base, from, text.count)
    guard at > from, at < to else { return nil }
    if text.base[at] == 0x3A { return text.base[from] == 0x2D && text.base[from + 1] == 0x2D ? nil : at }
    guard text.base[at].isBlank else { return nil }
    while at < to, text.base[at].isBlank { at += 1 }
    return at < to && text.base[at] == 0x3A ? at : nil
  }

  /// Names that only the header of a mail has at its beginning.
  private static func isWellKnown(_ text: ByteSlice, _ at: Int) -> Bool {
    let line = text.slice(at, at + 32)
    return line.hasPrefix(caseless: "received:") || line.hasPrefix(caseless: "return-path:")
      || line.hasPrefix(caseless: "delivered-to:") || line.hasPrefix(caseless: "from:")
      || line.hasPrefix(caseless: "to:") || line.hasPrefix(caseless: "subject:") || line.hasPrefix(caseless: "date:")
      || line.hasPrefix(caseless: "message-id:") || line.hasPrefix(caseless: "mime-version:")
      || line.hasPrefix(caseless: "content-type:") || line.hasPrefix(caseless: "x-original-to:")
  }
}
