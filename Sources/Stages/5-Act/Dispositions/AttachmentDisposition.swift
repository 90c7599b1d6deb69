import ByteSlices
import Mail

/// Takes the attachments out of messages: `{"kind": "attachments", "path": "attachments", "nested": false}`.
struct AttachmentSettings: DispositionSettings {
  static let kind = "attachments"
  var path: String
  /// Whether those of messages inside the message count too.
  var nested: Bool
  let takesEvents = false
  var place: String { path }
  let verb = "searched for attachments, which go into"

  init(_ reader: SettingsReader) throws {
    path = try reader.path("path")
    nested = try reader.optional("nested", Bool.self) ?? false
  }

  func open(_ context: DispositionContext) -> any Disposition { AttachmentDisposition(path: path, nested: nested) }
}

/// A folder of attachments. A file is named for its message, its place among the message's parts, and the name that the
/// sender gave it, made safe: no folder, no hidden file, no name that means something to a system.
final class AttachmentDisposition: Disposition {
  private let path: String
  private let nested: Bool
  private let arena = Arena()
  private let tree: MIMETree
  private let text: HeaderText

  init(path: String, nested: Bool) {
    self.path = path
    self.nested = nested
    tree = MIMETree(arena: arena)
    text = HeaderText(arena: arena, charsets: CharsetConverter(arena: arena))
  }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    arena.reset()
    tree.read(message)
    var written = 0
    for (index, part) in tree.parts.enumerated() where part.isLeaf && (nested || !isNested(index)) {
      guard let name = fileName(of: part) else { continue }
      var flags: MailFlags = []
      let content = part.encoding.decode(part.body, cap: part.body.count, arena: arena, flags: &flags).bytes
      let file = "\(job.entry.message.hex.prefix(16))-\(index)-\(AttachmentDisposition.safe(name))"
      try PlainFile.write(content, to: path + "/" + file)
      written += 1
    }
    return .delivered(place: "\(written) attachment\(written == 1 ? "" : "s")")
  }

  private func isNested(_ index: Int) -> Bool {
    var parent = tree.parts[index].parent
    while parent > 0 {
      if tree.parts[parent].type == .message { return true }
      parent = tree.parts[parent].parent
    }
    return false
  }

  /// The name that a part says it has; nil when it is no attachment.
  private func fileName(of part: MIMEPart) -> String? {
    let disposition = part.headers.first("content-disposition") ?? .empty
    let given =
      Parameters.value(of: "filename", in: disposition, arena: arena)
      ?? Parameters.value(of: "name", in: part.contentType, arena: arena)
    guard let given else { return disposition.hasPrefix(caseless: "attachment") ? "attachment" : nil }
    var flags: MailFlags = []
    return String(text.decode(given.value, cap: 1024, flags: &flags))
  }

  /// A name that can be a file's anywhere.
  static func safe(_ name: String) -> String {
    let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
    var safe = ""
    for scalar in last.unicodeScalars {
      switch scalar {
      case "\"", "*", ":", "<", ">", "?", "|": safe.unicodeScalars.append("_")
      case _ where scalar.properties.generalCategory == .format || scalar.value < 0x20 || scalar.value == 0x7F: continue
      case _ where scalar.properties.isWhitespace: safe.unicodeScalars.append(" ")
      default: safe.unicodeScalars.append(scalar)
      }
    }
    var trimmed = safe.drop { $0 == "." || $0 == " " || $0 == "-" }
    while trimmed.last == "." || trimmed.last == " " { trimmed.removeLast() }
    var parts = trimmed.split(separator: ".", omittingEmptySubsequences: false)
    let end = parts.count > 1 && (1...10).contains(parts.last?.utf8.count ?? 0) ? "." + parts.removeLast() : ""
    var stem = parts.joined(separator: ".")
    while stem.utf8.count + end.utf8.count > 120 { stem.removeLast() }
    while stem.last == " " || stem.last == "." { stem.removeLast() }
    return stem.isEmpty ? "attachment" + end : stem + end
  }
}
