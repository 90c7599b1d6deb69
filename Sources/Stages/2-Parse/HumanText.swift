import ByteSlices
import Mail

/// Finds the part of a message that a person would read, and makes it UTF-8 text.
final class HumanText {
  private let arena: Arena
  private let charsets: CharsetConverter
  private let scratch = ByteBuffer(capacity: 64 << 10)

  init(arena: Arena, charsets: CharsetConverter) {
    self.arena = arena
    self.charsets = charsets
  }

  /// The position of the part to read among `range`; -1 when there is none. Plain text goes before HTML, an attachment
  /// after all else, and what is inside an attached message counts only if nothing else does.
  func choose(_ parts: [MIMEPart], _ range: Range<Int>) -> Int {
    var html = -1
    var attached = -1
    var at = range.lowerBound
    while at < range.upperBound {
      let part = parts[at]
      if part.type == .message, at > range.lowerBound {
        at = max(part.end, at + 1)
        continue
      }
      let readable = part.type.isText || part.type.isMultipart && part.end == at + 1
      if readable, !HumanText.isBlank(part.body) {
        if HumanText.isAttachment(part) {
          if attached < 0 { attached = at }
        } else if part.type == .textHTML {
          if html < 0 { html = at }
        } else if html < 0 || parts[html].parent == part.parent && isAlternative(parts, part) {
          return at
        }
      }
      at += 1
    }
    return html >= 0 ? html : attached
  }

  private func isAlternative(_ parts: [MIMEPart], _ part: MIMEPart) -> Bool {
    part.parent >= 0 && parts[part.parent].type == .multipartAlternative
  }

  private static func isBlank(_ body: ByteSlice) -> Bool {
    for byte in body where !byte.isASCIISpace { return false }
    return true
  }

  /// True for a part that says that it is a file.
  static func isAttachment(_ part: MIMEPart) -> Bool {
    part.headers.first("content-disposition")?.hasPrefix(caseless: "attachment") ?? false
  }

  /// The text of a part: decoded, in UTF-8, with LF line ends, HTML turned to text. At most `cap` bytes, and of each line at most
  /// `line`: on a line without an end, patterns that look for one thing after another take time by its square.
  func read(_ part: MIMEPart, cap: Int, line: Int, flags: inout MailFlags) -> (text: ByteSlice, capped: Bool) {
    let isHTML = part.type == .textHTML
    // Markup may be fifteen times the size of its text.
    let room = isHTML ? cap * 16 : cap + 1024
    let (bytes, cut) = part.encoding.decode(part.body, cap: room, arena: arena, flags: &flags)
    var label = ByteSlice.empty
    if !part.contentType.isEmpty, let charset = Parameters.value(of: "charset", in: part.contentType, arena: arena) {
      label = charset.value
    }
    if isHTML, label.isEmpty { label = HumanText.metaCharset(bytes) }
    var text = charsets.utf8(bytes, label: label, cut: cut, flags: &flags)
    text = LineEnds.canonical(text, arena: arena)
    if isHTML || HumanText.isDisguisedHTML(text) {
      scratch.removeAll()
      let capped = HTMLText.append(text, to: scratch, cap: cap)
      text = arena.copy(HeaderText.cut(scratch.slice, cap))
      return (withShortLines(text, line, &flags), cut || capped)
    }
    let kept = HeaderText.cut(text, cap)
    return (withShortLines(kept, line, &flags), cut || kept.count < text.count)
  }

  /// Every line cut at `limit` bytes; the text itself when none is longer.
  private func withShortLines(_ text: ByteSlice, _ limit: Int, _ flags: inout MailFlags) -> ByteSlice {
    guard text.count > limit, text.lines.contains(where: { $0.count > limit }) else { return text }
    flags.insert(.lineLimit)
    scratch.removeAll()
    for line in text.lines {
      scratch.append(HeaderText.cut(line, limit))
      scratch.append(0x0A)
    }
    return arena.copy(scratch.slice)
  }

  /// The charset that HTML names in its first kilobyte.
  private static func metaCharset(_ html: ByteSlice) -> ByteSlice {
    let head = html.prefix(1024)
    guard let at = head.firstIndex(ofCaseless: "charset=") else { return .empty }
    var value = head.dropFirst(at + 8)
    while let first = value.first, first == 0x22 || first == 0x27 || first.isBlank { value = value.dropFirst() }
    var end = 0
    while end < value.count, value[end].isASCIIAlphanumeric || value[end] == 0x2D || value[end] == 0x5F { end += 1 }
    return value.prefix(end)
  }

  /// HTML that is sent as text/plain.
  private static func isDisguisedHTML(_ text: ByteSlice) -> Bool {
    var at = 0
    while at < text.count, text[at].isASCIISpace { at += 1 }
    guard at < text.count, text[at] == 0x3C else { return false }
    let start = text.slice(at, at + 16)
    return start.hasPrefix(caseless: "<html") || start.hasPrefix(caseless: "<!doctype html")
      || start.hasPrefix(caseless: "<head")
  }
}
