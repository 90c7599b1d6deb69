import ByteSlices
import Foundation
import Mail
import NDJSON

/// Rewrites a message part by part, so that its structure stays as it was: boundaries that never come, missing
/// headers and all.
struct MessageRedactor {
  /// How much of a message stays.
  struct Thoroughness {
    /// Registered domains that stay.
    var spared: Set<String>
    /// Whether fields that tell the way of the mail are left out.
    var dropsNoise: Bool
    /// Whether the text of the returned original is left out.
    var dropsOriginal: Bool
  }

  private let thoroughness: Thoroughness
  private let arena = Arena()
  private let headers: HeaderRedactor
  private let charsets: CharsetConverter
  private(set) var pseudonyms: Pseudonyms

  init(_ message: ByteSlice, _ thoroughness: Thoroughness) {
    self.thoroughness = thoroughness
    headers = HeaderRedactor(arena: arena)
    charsets = CharsetConverter(arena: arena)
    pseudonyms = Pseudonyms(sparing: thoroughness.spared, text: String(message))
  }

  /// The message with other names in it.
  mutating func redact(_ message: ByteSlice) -> [UInt8] {
    learnNames(message, depth: 0)
    return rewritten(message, depth: 0)
  }

  private struct Edit {
    var from: Int
    var to: Int
    var bytes: [UInt8]
  }

  // MARK: names

  /// Whoever has a name in a header has it in the text, too.
  private mutating func learnNames(_ message: ByteSlice, depth: Int) {
    let tree = MIMETree(arena: arena)
    tree.read(message)
    for part in tree.parts {
      for i in 0..<part.headers.count {
        let field = part.headers[i]
        let name = String(field.name).lowercased()
        if HeaderRedactor.mailboxes.contains(name) {
          for person in HeaderRedactor.names(in: headers.decoded(field.value)) { pseudonyms.learn(name: person) }
        } else if name == "subject", part.depth > 0 {
          pseudonyms.learn(phrase: headers.decoded(field.value), as: "A mail of ours")
        }
      }
    }
  }

  // MARK: parts

  private mutating func rewritten(_ message: ByteSlice, depth: Int) -> [UInt8] {
    let tree = MIMETree(arena: arena)
    tree.read(message)
    var edits: [Edit] = []
    var boundaries: [(old: String, new: String)] = []
    var closed = 0
    for (index, part) in tree.parts.enumerated() where index >= closed {
      if let boundary = Parameters.value(of: "boundary", in: part.contentType, arena: arena)?.value, !boundary.isEmpty {
        boundaries.append((String(boundary), MessageRedactor.boundary(depth, boundaries.count)))
      }
      guard isInside(part.body, message) || part.body.isEmpty else { continue }
      let isText = part.isLeaf && part.type.isTextual
      let body = part.isLeaf || part.type == .message && part.encoding != .identity
      addHeaderEdits(part, message, recoded: isText, to: &edits)
      guard body, !part.body.isEmpty else { continue }
      let from = part.body.offset(in: message)
      edits.append(
        Edit(from: from, to: from + part.body.count, bytes: rewrittenBody(part, tree.parts, depth: depth)))
      // What an encoded message holds was read from memory of its own.
      closed = max(closed, part.end)
    }
    return apply(edits, to: message, boundaries)
  }

  /// Without digits, so that it is not taken for an id.
  private static func boundary(_ depth: Int, _ number: Int) -> String {
    func letters(_ number: Int) -> String {
      let letter = String(UnicodeScalar(UInt8(0x61 + number % 26)))
      return number < 26 ? letter : letters(number / 26 - 1) + letter
    }
    return "boundary-\(letters(depth))-\(letters(number))"
  }

  private func isInside(_ slice: ByteSlice, _ whole: ByteSlice) -> Bool {
    slice.base >= whole.base && slice.end <= whole.end
  }

  private mutating func rewrittenBody(_ part: MIMEPart, _ parts: [MIMEPart], depth: Int) -> [UInt8] {
    var flags: MailFlags = []
    let decoded = part.encoding.decode(part.body, cap: 32 << 20, arena: arena, flags: &flags).bytes
    var bytes: [UInt8]
    if part.type == .message || part.type == .rfc822Headers || part.type == .globalHeaders, depth < 8 {
      let inner = LineEnds.canonical(decoded, arena: arena)
      learnNames(inner, depth: depth + 1)
      bytes = rewritten(inner, depth: depth + 1)
    } else if !part.type.isTextual, !isReadable(decoded) {
      bytes = Array("(taken out)\n".utf8)
    } else if thoroughness.dropsOriginal, isOfOriginal(part, parts) {
      bytes = Array("(the text of the mail that came back was taken out)\n".utf8)
    } else {
      let label = Parameters.value(of: "charset", in: part.contentType, arena: arena)?.value ?? .empty
      bytes = Array(pseudonyms.redact(String(charsets.utf8(decoded, label: label, flags: &flags))).utf8)
    }
    switch part.encoding {
    case .identity: return bytes
    case .base64: return MessageRedactor.base64(bytes)
    case .quotedPrintable: return MessageRedactor.quotedPrintable(bytes)
    }
  }

  /// Whether an attachment of no textual type is text all the same, as a report with a wrong label is.
  private func isReadable(_ bytes: ByteSlice) -> Bool {
    guard UTF8Sequence.isValid(bytes) else { return false }
    return bytes.allSatisfy { $0 >= 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
  }

  private func isOfOriginal(_ part: MIMEPart, _ parts: [MIMEPart]) -> Bool {
    var parent = part.parent
    while parent >= 0, parent < parts.count {
      if parts[parent].type == .message { return true }
      parent = parts[parent].parent
    }
    return false
  }

  // MARK: headers

  private mutating func addHeaderEdits(
    _ part: MIMEPart, _ message: ByteSlice, recoded: Bool, to edits: inout [Edit]
  ) {
    for i in 0..<part.headers.count {
      let field = part.headers[i]
      guard isInside(field.name, message), isInside(field.value, message) else { continue }
      let name = String(field.name)
      let from = field.value.offset(in: message)
      // Of the mail that came back, what its sender's own programs wrote: campaigns, customers' numbers.
      let isOwn = part.depth > 0 && part.type != .deliveryStatus && name.lowercased().hasPrefix("x-")
      if thoroughness.dropsNoise, HeaderRedactor.isNoise(name) || isOwn {
        let line = message.firstIndex(of: 0x0A, from: from + field.value.count).map { $0 + 1 } ?? message.count
        edits.append(Edit(from: field.name.offset(in: message), to: line, bytes: []))
        continue
      }
      guard !field.value.isEmpty else { continue }
      let value: String
      switch name.lowercased() {
      case "content-type", "content-disposition": value = contentType(String(field.value), recoded: recoded)
      case "content-transfer-encoding", "mime-version", "date": continue
      default: value = headers.value(name, field.value, &pseudonyms)
      }
      edits.append(Edit(from: from, to: from + field.value.count, bytes: Array(value.utf8)))
    }
  }

  /// Without the names of files; with the charset that texts have from now on.
  private func contentType(_ value: String, recoded: Bool) -> String {
    var parameters = value.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    for (place, parameter) in parameters.enumerated().dropFirst() {
      let name = parameter.prefix { $0 != "=" }.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
      if name.hasPrefix("filename") || name.hasPrefix("name") {
        parameters[place] = " \(name.hasPrefix("f") ? "filename" : "name")=file"
      } else if name == "charset", recoded {
        parameters[place] = " charset=utf-8"
      }
    }
    return parameters.joined(separator: ";")
  }

  // MARK: putting together

  private mutating func apply(_ edits: [Edit], to message: ByteSlice, _ boundaries: [(old: String, new: String)])
    -> [UInt8]
  {
    var out: [UInt8] = []
    var at = 0
    for edit in edits.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) where edit.from >= at {
      out += between(message.slice(at, edit.from), boundaries)
      // Boundaries stand in Content-Type, too.
      out += MessageRedactor.replace(boundaries, in: String(decoding: edit.bytes, as: UTF8.self)).utf8
      at = edit.to
    }
    return out + between(message.slice(at, message.count), boundaries)
  }

  /// What stands between fields and bodies: names of fields, delimiters, a preamble.
  private mutating func between(_ bytes: ByteSlice, _ boundaries: [(old: String, new: String)]) -> [UInt8] {
    if bytes.isEmpty { return [] }
    let text = MessageRedactor.replace(boundaries, in: String(bytes))
    return Array(pseudonyms.redact(text).utf8)
  }

  private static func replace(_ boundaries: [(old: String, new: String)], in text: String) -> String {
    // The longest first: one may begin like another.
    boundaries.sorted { $0.old.count > $1.old.count }.reduce(text) { text, boundary in
      guard boundary.old.utf8.count >= 6, text.contains(boundary.old) else { return text }
      return text.replacingOccurrences(of: boundary.old, with: boundary.new)
    }
  }

  private static func base64(_ bytes: [UInt8]) -> [UInt8] {
    Array(Data(bytes).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed]).utf8) + [0x0A]
  }

  /// RFC 2045 §6.7: lines of at most 76 characters.
  static func quotedPrintable(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    var column = 0
    for (place, byte) in bytes.enumerated() {
      if byte == 0x0A {
        out.append(byte)
        column = 0
        continue
      }
      let endsLine = place + 1 == bytes.count || bytes[place + 1] == 0x0A
      let isPlain = byte >= 0x21 && byte < 0x7F && byte != 0x3D || (byte == 0x20 || byte == 0x09) && !endsLine
      let size = isPlain ? 1 : 3
      if column + size > 75 {
        out += [0x3D, 0x0A]
        column = 0
      }
      out += isPlain ? [byte] : [0x3D, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      column += size
    }
    return out
  }
}

extension MediaType {
  /// Whether a body of this type is words.
  fileprivate var isTextual: Bool {
    switch self {
    case .textPlain, .textHTML, .textOther, .deliveryStatus, .dispositionNotification, .feedbackReport: true
    case .rfc822Headers, .globalHeaders, .other, .message: false
    case .multipartMixed, .multipartAlternative, .multipartReport, .multipartDigest, .multipartRelated, .multipartOther:
      false
    }
  }
}
