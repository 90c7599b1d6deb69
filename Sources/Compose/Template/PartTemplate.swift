import ByteSlices
import Mustache

/// One text of a campaign, a subject or a body, as a mustache template.
///
/// swift-mustache reads it, and renders it once for each combination of the fields that its sections ask for, with marks
/// in the place of values; what lies between the marks is kept. A message then costs a copy of these pieces and its
/// values: some 200 times less than to render it. Templates with transforms (`{{uppercased(name)}}`), whose outcome
/// depends on the values, are rendered by the library each time.
public final class PartTemplate {
  private enum Piece {
    case text(Range<Int>)
    case value(field: Int, escaped: Bool)
  }

  private static let open = "\u{F8F0}"
  private static let close = "\u{F8F1}"

  /// The file, or the member of the campaign file, that the text stands in.
  public let file: String
  private let template: MustacheTemplate
  private let library: MustacheLibrary
  private let fields: Fields
  private let isHTML: Bool
  /// The fields that are written, and those whose presence decides on a section.
  private let written: [Int]
  private let switches: [Int]
  /// Fields that must have a value: written, and never asked for by a section.
  let required: [(field: Int, line: Int)]
  private let isTransformed: Bool
  private var pieces: [UInt64: [Piece]] = [:]
  private let literals = ByteBuffer()

  /// Reads a template.
  /// - Parameters:
  ///   - partials: what `{{> name}}` may name, with their files.
  ///   - isHTML: whether values are escaped.
  public init(
    _ text: String, file: String, isHTML: Bool, fields: Fields, partials: [String: (text: String, file: String)] = [:]
  ) throws {
    self.file = file
    self.fields = fields
    self.isHTML = isHTML
    let (tags, used) = try PartTemplate.tags(text, file, partials)
    template = try PartTemplate.parse(text, file: file, isHTML: isHTML)
    library = MustacheLibrary(
      templates: try used.reduce(into: [:]) { templates, name in
        guard let partial = partials[name] else { return }
        templates[name] = try PartTemplate.parse(partial.text, file: partial.file, isHTML: isHTML)
      })
    var written: [Int: Int] = [:]
    var switches: Set<Int> = []
    for (tag, file) in tags where tag.kind == .variable || tag.kind == .section {
      if tag.name == "." || tag.name.isEmpty { continue }
      guard let place = fields.place(of: tag.name) else {
        throw ComposeError.unknownField(file: file, line: tag.line, field: tag.name, known: fields.names)
      }
      if tag.kind == .section { switches.insert(place) } else if written[place] == nil { written[place] = tag.line }
    }
    self.written = written.keys.sorted()
    self.switches = switches.sorted()
    required = written.filter { !switches.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    isTransformed = switches.count > 64 || tags.contains { $0.tag.isTransformed || $0.tag.kind == .other }
  }

  /// The fields that it uses.
  var used: Set<Int> { Set(written).union(switches) }

  /// Appends the text for one recipient. A section of a field without a value is left out.
  public func render(_ values: [ByteSlice], to out: ByteBuffer) {
    if isTransformed {
      let object = Dictionary(
        uniqueKeysWithValues: used.filter { !values[$0].isEmpty }.map { (fields.names[$0], String(values[$0])) })
      out.append(template.render(object, library: library))
      return
    }
    var pattern: UInt64 = 0
    for (bit, field) in switches.enumerated() where !values[field].isEmpty { pattern |= 1 << UInt64(bit) }
    for piece in pieces[pattern] ?? makePieces(pattern) {
      switch piece {
      case .text(let range): out.append(literals.slice.slice(range.lowerBound, range.upperBound))
      case .value(let field, true): PartTemplate.appendEscaped(values[field], to: out)
      case .value(let field, false): out.append(values[field])
      }
    }
  }

  // MARK: pieces

  private func makePieces(_ pattern: UInt64) -> [Piece] {
    var object: [String: String] = [:]
    for field in used {
      if let bit = switches.firstIndex(of: field), pattern & 1 << UInt64(bit) == 0 { continue }
      // The "<" tells whether the library escaped what stands there.
      object[fields.names[field]] = "\(PartTemplate.open)<\(field)\(PartTemplate.close)"
    }
    let made = template.render(object, library: library).withByteSlice { pieces(of: $0) }
    pieces[pattern] = made
    return made
  }

  private func pieces(of text: ByteSlice) -> [Piece] {
    var made: [Piece] = []
    var rest = text
    func keep(_ text: ByteSlice) {
      guard !text.isEmpty else { return }
      let start = literals.count
      literals.append(text)
      made.append(.text(start..<literals.count))
    }
    while let open = PartTemplate.open.withByteSlice({ rest.firstIndex(of: $0) }),
      let close = PartTemplate.close.withByteSlice({ rest.firstIndex(of: $0, from: open) })
    {
      let mark = rest.slice(open + 3, close)
      let isEscaped = mark.hasPrefix("&lt;")
      if let field = mark.dropFirst(isEscaped ? 4 : 1).decimal, field < fields.count {
        keep(rest.prefix(open))
        made.append(.value(field: field, escaped: isEscaped && isHTML))
      } else {
        keep(rest.prefix(close + 3))
      }
      rest = rest.dropFirst(close + 3)
    }
    keep(rest)
    return made
  }

  /// As the library escapes: `& < > " '`.
  private static func appendEscaped(_ value: ByteSlice, to out: ByteBuffer) {
    var start = 0
    for at in 0..<value.count {
      let entity: StaticString
      switch value.base[at] {
      case 0x26: entity = "&amp;"
      case 0x3C: entity = "&lt;"
      case 0x3E: entity = "&gt;"
      case 0x22: entity = "&quot;"
      case 0x27: entity = "&#39;"
      default: continue
      }
      out.append(value.slice(start, at))
      out.append(entity)
      start = at + 1
    }
    out.append(value.dropFirst(start))
  }

  // MARK: reading

  private static func parse(_ text: String, file: String, isHTML: Bool) throws -> MustacheTemplate {
    // On a line of its own, which the library takes away.
    let pragma = "{{% CONTENT_TYPE:\(isHTML ? "HTML" : "TEXT")}}\n"
    do {
      return try MustacheTemplate(string: pragma + text)
    } catch let error as MustacheTemplate.ParserError {
      throw ComposeError.template(
        file: file, line: max(1, error.context.lineNumber - 1),
        problem: "\(words(for: error.error)): \(error.context.line)")
    }
  }

  private static func words(for error: any Error) -> String {
    guard let error = error as? MustacheTemplate.Error else { return "can't be read" }
    switch error {
    case .sectionCloseNameIncorrect: return "the section that is closed here was not opened last"
    case .unfinishedName: return "the tag is badly formed"
    case .expectedSectionEnd: return "a section is not closed"
    default: return "can't be read (\(error))"
    }
  }

  /// The tags of a template and the partials that it names, each with its file; and the names of these partials.
  private static func tags(
    _ text: String, _ file: String, _ partials: [String: (text: String, file: String)]
  ) throws -> (tags: [(tag: TemplateTag, file: String)], used: Set<String>) {
    var found: [(tag: TemplateTag, file: String)] = []
    var used: Set<String> = []
    var open = [(text: text, file: file)]
    while let next = open.popLast() {
      for tag in try TemplateTag.scan(next.text, file: next.file) {
        found.append((tag, next.file))
        guard tag.kind == .partial, !used.contains(tag.name) else { continue }
        guard let partial = partials[tag.name] else {
          throw ComposeError.template(
            file: next.file, line: tag.line,
            problem: "no partial \"\(tag.name)\"; expected the file \(tag.name).mustache beside the campaign file")
        }
        used.insert(tag.name)
        open.append(partial)
      }
    }
    return (found, used)
  }
}
