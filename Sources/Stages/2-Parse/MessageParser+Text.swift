import ByteSlices
import Mail
import Records

/// The words for people, and what free text reports.
extension MessageParser {
  func decoded(_ part: MIMEPart) -> ByteSlice {
    let (bytes, capped) = part.encoding.decode(part.body, cap: 8 << 20, arena: arena, flags: &flags)
    if capped { flags.insert(.decodeLimit) }
    return part.encoding == .identity ? bytes : LineEnds.canonical(bytes, arena: arena)
  }

  /// The human-readable part, with the position of the part that it is; the whole of it, the original included.
  func readText(_ place: ReportParts) -> HumanReading {
    let parts = tree.parts
    var chosen = -1
    if place.report > place.container {
      chosen = human.choose(parts, place.container..<place.report)
    } else {
      chosen = human.choose(parts, 0..<parts.count)
    }
    guard chosen >= 0 else { return HumanReading() }
    let (text, capped) = human.read(
      parts[chosen], cap: options.textCap, line: options.line, flags: &flags)
    return HumanReading(part: chosen, text: text, end: text.count, isCapped: capped)
  }

  struct HumanReading {
    var part = -1
    var text = ByteSlice.empty
    /// Where the returned original begins.
    var end = 0
    var isCapped = false
    /// The report before the original.
    var own: ByteSlice { text.prefix(end) }
  }

  func readFreeText(_ reading: inout HumanReading, _ record: inout ParseRecord) -> FreeTextReport {
    headerLines.removeAll()
    let block = tree.parts[0].headers
    for position in 0..<min(block.count, 200) {
      let field = block[position]
      guard freeText.looksAt(field) else { continue }
      let name = headerLines.reserve(field.name.count)
      for at in 0..<field.name.count { name[at] = field.name[at].asciiLowercased }
      headerLines.commit(field.name.count)
      headerLines.append(": " as StaticString)
      headerLines.append(headerText.decode(field.value, cap: options.headerCap, flags: &flags))
      headerLines.append(0x0A)
    }
    let from = headerText.decode(head.from, cap: options.headerCap, flags: &flags)
    let report = freeText.read(
      FreeTextInput(headers: headerLines.slice, subject: record.subject, from: from, text: reading.text))
    if report.gaveUp { flags.insert(.patternLimit) }
    if report.isCut { flags.insert(.recipientLimit) }
    reading.end = max(0, min(report.reportEnd, reading.text.count))
    record.dialect = report.dialect
    return report
  }
}
