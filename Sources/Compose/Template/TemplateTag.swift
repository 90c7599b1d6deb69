/// A tag of a mustache template, for the checks that need its place; the template itself is read by swift-mustache.
struct TemplateTag: Equatable {
  enum Kind {
    case variable, section, partial, other
  }

  var kind: Kind
  /// A field, or a partial's name.
  var name: String
  /// Names of transforms around a field, as in `{{uppercased(name)}}`.
  var isTransformed: Bool
  /// Counted from 1.
  var line: Int

  /// The tags of a text, in their order.
  ///
  /// - Parameter file: for errors.
  static func scan(_ text: String, file: String) throws -> [TemplateTag] {
    var tags: [TemplateTag] = []
    var rest = text[...]
    var line = 1
    while let open = rest.firstRange(of: "{{") {
      line += rest[..<open.lowerBound].utf8.count { $0 == 0x0A }
      let isTriple = rest[open.upperBound...].hasPrefix("{")
      guard let close = rest[open.upperBound...].firstRange(of: isTriple ? "}}}" : "}}") else {
        throw ComposeError.template(
          file: file, line: line, problem: "a tag is not closed: \(rest[open.lowerBound...].prefix(30))")
      }
      let inner = rest[open.upperBound..<close.lowerBound]
      if let tag = try read(inner.drop { $0 == "{" }, isTriple: isTriple, file: file, line: line) { tags.append(tag) }
      line += inner.utf8.count { $0 == 0x0A }
      rest = rest[close.upperBound...]
    }
    return tags
  }

  private static func read(_ inner: Substring, isTriple: Bool, file: String, line: Int) throws -> TemplateTag? {
    guard let sigil = inner.first else { return nil }
    var kind = Kind.variable
    var name = inner
    if !isTriple, "#^/&!>=%$<".contains(sigil) {
      name = inner.dropFirst()
      switch sigil {
      case "#", "^": kind = .section
      case "&": kind = .variable
      case ">": kind = .partial
      case "=":
        throw ComposeError.template(
          file: file, line: line, problem: "other delimiters than {{ }} are not supported: found {{\(inner)}}")
      case "!", "/": return nil
      default: kind = .other
      }
    }
    var trimmed = name.drop(while: \.isWhitespace)
    while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
    let isTransformed = trimmed.contains("(")
    if isTransformed {
      trimmed = trimmed[trimmed.index(after: trimmed.lastIndex(of: "(") ?? trimmed.startIndex)...].prefix { $0 != ")" }
    }
    return TemplateTag(kind: kind, name: String(trimmed), isTransformed: isTransformed, line: line)
  }
}
