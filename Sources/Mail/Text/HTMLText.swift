import ByteSlices

/// Turns HTML into the text that a reader sees: one pass over the bytes, no tree.
///
/// Blocks become lines, table cells are set apart by a space, white space is collapsed, what is not shown (head, style,
/// script, comments) is left out. Lines inside a `<blockquote>` or another program's quote container begin with `> `,
/// as they would in plain text.
public struct HTMLText {
  private let html: ByteSlice
  private let out: ByteBuffer
  private var at = 0
  private var quoteDepth = 0
  /// True when the line so far has no text.
  private var lineIsEmpty = true
  private var pendingSpace = false
  private var pendingLines = 0
  private var preDepth = 0
  private let cap: Int
  /// Ends that were looked for in vain and are not looked for again: time stays linear.
  private var noCommentEnd = false
  private var noHeadEnd = false

  private init(_ html: ByteSlice, _ out: ByteBuffer, _ cap: Int) {
    self.html = html
    self.out = out
    self.cap = cap
  }

  /// Appends the text of UTF-8 HTML to `out`, at most about `cap` bytes. Returns true when the cap cut.
  @discardableResult public static func append(_ html: ByteSlice, to out: ByteBuffer, cap: Int) -> Bool {
    var reader = HTMLText(html, out, out.count + cap)
    reader.run()
    return reader.at < html.count
  }

  private mutating func run() {
    while at < html.count, out.count < cap {
      let byte = html.base[at]
      if byte == 0x3C {
        markup()
      } else if byte == 0x26 {
        entity()
      } else if byte.isASCIISpace {
        space(byte)
        at += 1
      } else {
        let start = at
        repeat { at += 1 } while at < html.count && HTMLText.isPlain(html.base[at])
        put(html.slice(start, at))
      }
    }
    if !lineIsEmpty { out.append(0x0A) }
  }

  @inline(__always) private static func isPlain(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte != 0x3C && byte != 0x26
  }

  // MARK: text

  private mutating func space(_ byte: UInt8) {
    if preDepth > 0 {
      if byte == 0x0A {
        breakLine()
      } else if !lineIsEmpty {
        pendingSpace = true
      }
    } else if !lineIsEmpty {
      pendingSpace = true
    }
  }

  private mutating func put(_ text: ByteSlice) {
    if lineIsEmpty {
      if pendingLines > 1, out.count > 0 {
        prefix()
        out.append(0x0A)
      }
      pendingLines = 0
      prefix()
      lineIsEmpty = false
    } else if pendingSpace {
      out.append(0x20)
    }
    pendingSpace = false
    out.append(text)
  }

  private mutating func prefix() {
    for _ in 0..<min(quoteDepth, 8) { out.append("> ") }
  }

  /// Ends the line, if it has text.
  private mutating func endLine() {
    guard !lineIsEmpty else { return }
    out.append(0x0A)
    lineIsEmpty = true
    pendingSpace = false
    pendingLines = 1
  }

  /// A `<br>`: ends the line; a second one leaves a blank line.
  private mutating func breakLine() {
    if lineIsEmpty {
      pendingLines = min(pendingLines + 1, 2)
    } else {
      endLine()
    }
  }

  private mutating func entity() {
    guard let (scalar, end) = HTMLEntities.read(html, at) else {
      put(html.slice(at, at + 1))
      at += 1
      return
    }
    at = end
    switch scalar {
    case 0x20, 0xA0, 0x09, 0x0A, 0x0D, 0x2002, 0x2003, 0x2009: space(0x20)
    case 0xAD, 0x200B...0x200F, 0xFEFF: break
    case 0..<0x20: break
    default: put(scalar: scalar)
    }
  }

  private mutating func put(scalar: UInt32) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 4) { place in
      var length = 0
      for unit in (Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8 {
        place[length] = unit
        length += 1
      }
      put(ByteSlice(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(place)[..<length])))
    }
  }

  // MARK: markup

  private mutating func markup() {
    let start = at
    guard at + 1 < html.count else {
      at = html.count
      return
    }
    let second = html.base[at + 1]
    if second == 0x21 {
      declaration()
      return
    }
    if second == 0x3F {
      at = (html.firstIndex(of: 0x3E, from: at) ?? html.count - 1) + 1
      return
    }
    let closing = second == 0x2F
    var nameStart = at + (closing ? 2 : 1)
    guard nameStart < html.count, html.base[nameStart].isASCIILetter else {
      // "<3", "< 5", and an address in angle brackets that nobody escaped are text.
      if second.isASCIIAlphanumeric || second.isASCIISpace || !closing {
        put(html.slice(start, start + 1))
        at += 1
      } else {
        at = (html.firstIndex(of: 0x3E, from: at) ?? html.count - 1) + 1
      }
      return
    }
    var nameEnd = nameStart
    while nameEnd < html.count, html.base[nameEnd].isASCIIAlphanumeric || html.base[nameEnd] == 0x3A { nameEnd += 1 }
    if nameEnd < html.count, !closing,
      html.base[nameEnd] == 0x40 || html.base[nameEnd] == 0x2E
        || html.base[nameEnd] == 0x5F || html.base[nameEnd] == 0x2B, isBareAddress(nameEnd)
    {
      put(html.slice(start, start + 1))
      at += 1
      return
    }
    let tagEnd = endOfTag(nameEnd)
    // Office writes `<o:p>`, with a prefix.
    if let colon = html.slice(nameStart, nameEnd).lastIndex(of: 0x3A) { nameStart += colon + 1 }
    let name = html.slice(nameStart, nameEnd)
    let attributes = html.slice(nameEnd, tagEnd)
    at = min(tagEnd + 1, html.count)
    closing ? close(name) : open(name, attributes)
  }

  private mutating func declaration() {
    if html.slice(at, at + 4).hasPrefix("<!--") {
      let end = noCommentEnd ? nil : html.firstIndex(of: "-->", from: at + 4)
      noCommentEnd = end == nil
      at = end.map { $0 + 3 } ?? commentEnd(at)
    } else {
      at = (html.firstIndex(of: 0x3E, from: at) ?? html.count - 1) + 1
    }
  }

  /// A comment that never ends is taken to end with its tag, so that the rest is not lost.
  private func commentEnd(_ start: Int) -> Int { (html.firstIndex(of: 0x3E, from: start) ?? html.count - 1) + 1 }

  /// True when `<` begins an address that was not escaped: an at sign comes before the `>` and no blank does.
  private func isBareAddress(_ from: Int) -> Bool {
    var at = from
    var hasAt = false
    while at < html.count, at - from < 254 {
      let byte = html.base[at]
      if byte == 0x3E { return hasAt }
      if byte == 0x40 { hasAt = true }
      if byte <= 0x20 || byte == 0x3C || byte == 0x22 || byte == 0x3D { return false }
      at += 1
    }
    return false
  }

  /// The offset of the tag's `>`, which may stand in a quoted attribute only if its quote closes.
  private func endOfTag(_ from: Int) -> Int {
    var at = from
    while at < html.count {
      switch html.base[at] {
      case 0x3E: return at
      case 0x22, 0x27:
        // Quotes that don't close within a sane length are a slip, not a value.
        let quote = html.base[at]
        let window = html.slice(at + 1, at + 4096)
        if html.base[at - 1] == 0x3D || html.base[at - 1].isASCIISpace, let close = window.firstIndex(of: quote) {
          at += close + 2
        } else {
          at += 1
        }
      case 0x3C: return at - 1
      default: at += 1
      }
    }
    return html.count
  }

  private mutating func open(_ name: ByteSlice, _ attributes: ByteSlice) {
    switch Tag(name) {
    case .lineBreak: breakLine()
    case .block: endLine()
    case .paragraph:
      endLine()
      if out.count > 0 { pendingLines = 2 }
    case .cell: if !lineIsEmpty { pendingSpace = true }
    case .quote:
      endLine()
      quoteDepth += 1
    case .pre:
      endLine()
      preDepth += 1
    case .item:
      endLine()
      put(ByteSlice("* " as StaticString))
    case .hidden: if attributes.last != 0x2F { skipContent(name) }
    case .division:
      endLine()
      // Outlook and Gmail mark what is quoted with a container; all that follows Outlook's is the quoted mail.
      if HTMLText.isReplyHeader(attributes) { quoteDepth = max(quoteDepth, 1) }
    case .inline: break
    }
  }

  private mutating func close(_ name: ByteSlice) {
    switch Tag(name) {
    case .block, .division, .item: endLine()
    case .paragraph:
      endLine()
      pendingLines = 2
    case .quote:
      endLine()
      quoteDepth = max(quoteDepth - 1, 0)
    case .pre:
      endLine()
      preDepth = max(preDepth - 1, 0)
    case .cell: if !lineIsEmpty { pendingSpace = true }
    case .lineBreak: breakLine()
    case .hidden, .inline: break
    }
  }

  /// Passes over all up to the closing tag of that name.
  private mutating func skipContent(_ name: ByteSlice) {
    let mayBeOpen = name.equals(caseless: "head") || name.equals(caseless: "title")
    if mayBeOpen, noHeadEnd { return }
    var search = at
    while let close = html.firstIndex(of: "</", from: search) {
      if html.slice(close + 2, close + 2 + name.count).equals(caseless: name) {
        at = (html.firstIndex(of: 0x3E, from: close) ?? html.count - 1) + 1
        return
      }
      search = close + 2
    }
    // A head that never closes is passed through: better its title in the text than no text.
    if mayBeOpen { noHeadEnd = true } else { at = html.count }
  }

  private static func isReplyHeader(_ attributes: ByteSlice) -> Bool {
    guard !attributes.isEmpty else { return false }
    return attributes.contains("divRplyFwdMsg") || attributes.contains("appendonsend")
      || attributes.contains("gmail_quote") || attributes.contains("yahoo_quoted")
      || attributes.contains("moz-cite-prefix") || attributes.contains("OLK_SRC_BODY_SECTION")
      || attributes.contains("border-top:solid #E1E1E1") || attributes.contains("border-top:solid #B5C4DF")
  }

  private enum Tag: Equatable {
    case inline, lineBreak, block, paragraph, division, cell, quote, pre, item, hidden

    init(_ name: ByteSlice) {
      self = .inline
      guard let first = name.first, name.count <= 10 else { return }
      func is_(_ text: StaticString) -> Bool { name.equals(caseless: text) }
      switch first | 0x20 {
      case 0x61 where is_("address") || is_("article") || is_("aside"): self = .block
      case 0x62:
        if is_("br") {
          self = .lineBreak
        } else if is_("blockquote") {
          self = .quote
        } else if is_("body") {
          self = .block
        }
      case 0x63 where is_("center") || is_("caption"): self = .block
      case 0x64: if is_("div") { self = .division } else if is_("dt") || is_("dd") || is_("dl") { self = .block }
      case 0x66 where is_("form") || is_("footer") || is_("fieldset"): self = .block
      case 0x68:
        if is_("head") {
          self = .hidden
        } else if is_("hr") || is_("header") {
          self = .block
        } else if name.count == 2, name[1] >= 0x31, name[1] <= 0x36 {
          self = .paragraph
        }
      case 0x6C where is_("li"): self = .item
      case 0x6D where is_("main"): self = .block
      case 0x6E where is_("noframes"): self = .hidden
      case 0x6F where is_("ol") || is_("option"): self = .block
      case 0x70: if is_("p") { self = .paragraph } else if is_("pre") { self = .pre }
      case 0x73: if is_("style") || is_("script") { self = .hidden } else if is_("section") { self = .block }
      case 0x74:
        if is_("td") || is_("th") {
          self = .cell
        } else if is_("tr") || is_("table") || is_("tbody") || is_("thead") {
          self = .block
        } else if is_("title") {
          self = .hidden
        }
      case 0x75 where is_("ul"): self = .block
      default: break
      }
    }
  }
}
