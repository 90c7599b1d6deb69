import ByteSlices
import NDJSON
import Records

@testable import Mail
@testable import Parse

/// What each target does with its bytes, and what must hold for any.
enum Readers {
  nonisolated(unsafe) private static let arena = Arena()

  /// Ends the run with the input that broke a promise.
  private static func check(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { fatalError(what()) }
  }

  private static func isText(_ slice: ByteSlice) -> Bool { UTF8Sequence.isValid(slice) && !slice.contains(0) }

  // MARK: Mail

  nonisolated(unsafe) private static let store = HeaderStore()
  nonisolated(unsafe) private static let charsets = CharsetConverter(arena: arena)
  nonisolated(unsafe) private static let headerText = HeaderText(arena: arena, charsets: charsets)
  nonisolated(unsafe) private static let addresses = AddressParser(arena: arena)

  /// Header blocks in every style, and all that reads a field's value.
  static func header(_ bytes: ByteSlice) {
    for style in [HeaderStyle.message, .embedded, .part, .group] {
      arena.reset()
      store.removeAll()
      let (block, body) = store.parse(bytes, style: style)
      check(body >= 0 && body <= bytes.count, "the body begins at \(body) of \(bytes.count)")
      for position in 0..<min(block.count, 200) {
        let value = block[position].value
        var flags = MailFlags()
        check(isText(headerText.decode(value, cap: 4096, flags: &flags)), "a header value is no UTF-8")
        var list: [Mailbox] = []
        addresses.parse(HeaderText.unfold(value, arena), limit: 100, into: &list)
        _ = addresses.address(value)
        _ = MailDate.seconds(value)
        _ = MediaType(contentType: value)
        for name in ["boundary", "charset", "filename"] as [StaticString] {
          _ = Parameters.value(of: name, in: value, arena: arena)
        }
      }
    }
  }

  nonisolated(unsafe) private static let tree = MIMETree(arena: arena)

  /// Parts, and their bodies decoded.
  static func mime(_ bytes: ByteSlice) {
    arena.reset()
    tree.read(bytes)
    let parts = tree.parts
    check(!parts.isEmpty, "no part at all")
    var flags = tree.flags
    for (at, part) in parts.enumerated() {
      check(part.end > at && part.end <= parts.count, "part \(at) ends at \(part.end) of \(parts.count)")
      check(part.parent < at, "part \(at) lies in \(part.parent)")
      if part.isLeaf { _ = part.encoding.decode(part.body, cap: 1 << 20, arena: arena, flags: &flags) }
    }
  }

  /// The first byte chooses the label, the rest is to be converted.
  static func charset(_ bytes: ByteSlice) {
    let labels: [StaticString] = [
      "", "utf-8", "us-ascii", "iso-8859-1", "windows-1251", "koi8-r", "iso-2022-jp", "shift_jis", "euc-jp", "gb2312",
      "big5", "euc-kr", "utf-7", "utf-16", "hz-gb-2312", "iso-2022-kr", "iso-2022-cn", "windows-1258", "x-unknown",
    ]
    guard let first = bytes.first else { return }
    var flags = MailFlags()
    for isCut in [false, true] {
      arena.reset()
      let label = ByteSlice(labels[Int(first) % labels.count])
      let text = charsets.utf8(bytes.dropFirst(), label: label, cut: isCut, flags: &flags)
      check(isText(text), "the result is no UTF-8 for \(label)")
    }
    arena.reset()
    // The input itself as a label.
    _ = charsets.utf8(bytes, label: bytes.prefix(40), flags: &flags)
  }

  nonisolated(unsafe) private static let htmlOut = ByteBuffer()

  static func html(_ bytes: ByteSlice) {
    htmlOut.removeAll()
    HTMLText.append(bytes, to: htmlOut, cap: 64 << 10)
  }

  // MARK: archives

  private final class Bytes: ArchiveBytes {
    private var rest: ByteSlice
    private let step: Int

    init(_ bytes: ByteSlice, step: Int) {
      rest = bytes
      self.step = step
    }

    func next(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
      let got = min(count, rest.count, step)
      place.update(from: rest.base, count: got)
      rest = rest.dropFirst(got)
      return got
    }
  }

  /// Cut at its separators, whether the bytes come at once or a few at a time.
  static func mbox(_ bytes: ByteSlice) {
    var found: [[[Int]]] = []
    for step in [Int.max, 7] {
      let window = ArchiveWindow(Bytes(bytes, step: step))
      let newline = MboxSplitter.lineEnd(of: bytes.prefix(ArchiveKind.probe))
      guard let splitter = try? MboxSplitter(window, newline: newline, limit: 4096) else { return }
      var pieces: [[Int]] = []
      while let piece = try? splitter.next() {
        arena.reset()
        _ = CanonicalBytes.canonical(piece.raw, format: .mbox, arena: arena, mayBeQuoted: piece.mayBeQuoted)
        pieces.append([piece.separator, piece.offset, piece.length, piece.raw.count])
        check(piece.offset + piece.length <= bytes.count, "a message ends past its archive")
      }
      found.append(pieces)
    }
    check(found.first == found.last, "what is found depends on how it is read: \(found)")
    for format in [ArchiveFormat.mbox, .eml] {
      arena.reset()
      let once = CanonicalBytes.canonical(bytes, format: format, arena: arena)
      if format == .eml {
        check(CanonicalBytes.canonical(once, format: .eml, arena: arena) == once, "canonical is not final")
      }
    }
  }

  static func gzip(_ bytes: ByteSlice) {
    let stream = GzipBytes(Bytes(bytes, step: 100))
    let window = ArchiveWindow(stream)
    while !window.isLast {
      try? window.extend()
      window.drop(window.count)
    }
  }

  // MARK: records

  nonisolated(unsafe) private static let jsonOut = ByteBuffer()

  /// Any JSON is passed over or refused; records that can be read are written and read the same again.
  static func ndjson(_ bytes: ByteSlice) {
    arena.reset()
    var reader = JSONReader(bytes, arena)
    _ = try? reader.skip()
    if let record = try? IngestRecord(line: bytes, arena: arena) {
      again({ record.encode(to: &$0) }, { try IngestRecord(line: $0, arena: arena).encode(to: &$1) })
    }
    if let record = try? ParseRecord(line: bytes, arena: arena) {
      again({ record.encode(to: &$0) }, { try ParseRecord(line: $0, arena: arena).encode(to: &$1) })
    }
    if let record = try? VerdictRecord(line: bytes, arena: arena) {
      again({ record.encode(to: &$0) }, { try VerdictRecord(line: $0, arena: arena).encode(to: &$1) })
    }
  }

  private static func again(
    _ write: (inout JSONWriter) -> Void, _ rewrite: (ByteSlice, inout JSONWriter) throws -> Void
  ) {
    jsonOut.removeAll()
    var json = JSONWriter(jsonOut)
    write(&json)
    let line = arena.copy(jsonOut.slice)
    check(UTF8Sequence.isValid(line) && line.firstIndex(of: 0x0A) == line.count - 1, "a record is no line")
    jsonOut.removeAll()
    do { try rewrite(line.dropLast(), &json) } catch { check(false, "a record can't be read again: \(error)") }
    check(jsonOut.slice == line, "a record changes when it is read: \(line) \(jsonOut.slice)")
  }

  // MARK: Parse

  nonisolated(unsafe) private static let statusReader = DeliveryStatus(arena: arena, text: headerText)
  nonisolated(unsafe) private static let dispositionReader = DispositionNotification(arena: arena, text: headerText)
  nonisolated(unsafe) private static let feedbackReader = FeedbackReport(arena: arena, text: headerText)

  /// The fields of all three kinds of reports.
  static func dsn(_ bytes: ByteSlice) {
    arena.reset()
    var flags = MailFlags()
    var list = RecipientList(limit: 100)
    _ = statusReader.read(bytes, into: &list, flags: &flags)
    for recipient in list.items { check(recipient.address.contains(0x40), "a recipient without an at sign") }
    let notice = dispositionReader.read(bytes, flags: &flags)
    _ = dispositionReader.refusal(notice, text: bytes, fallback: bytes.prefix(100))
    _ = feedbackReader.read(bytes, into: &list, flags: &flags)
  }

  nonisolated(unsafe) private static let parser: MessageParser = {
    do { return try MessageParser(dialects: .bundled()) } catch { fatalError("\(error)") }
  }()
  nonisolated(unsafe) private static let messageArena = Arena()

  /// A whole message, as the parse stage reads it.
  static func message(_ bytes: ByteSlice) {
    messageArena.reset()
    let message = CanonicalBytes.canonical(bytes, format: .eml, arena: messageArena)
    let source = MessageSource(path: ByteSlice("fuzz" as StaticString), length: message.count)
    jsonOut.removeAll()
    var json = JSONWriter(jsonOut)
    parser.parse(message, id: MessageID(words: .zero), source: source, received: nil).encode(to: &json)
    let line = jsonOut.slice
    check(UTF8Sequence.isValid(line) && line.firstIndex(of: 0x0A) == line.count - 1, "a record is no line")
    do { _ = try ParseRecord(line: line.dropLast(), arena: messageArena) } catch {
      check(false, "a record can't be read back: \(error)")
    }
  }
}
