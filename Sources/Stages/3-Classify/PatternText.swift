/// Turns a pattern as people write it into one for bytes.
///
/// - A space stands for any white space, since reports wrap their lines anywhere.
/// - Characters that are not ASCII are folded like the text, and kept together under `?`, `*`, `+` and `{n}`.
/// - `.` is a byte and, but in `from`, `to` and `header.NAME`, a line end too: write `.{0,40}`, never `.*`.
/// - `^` and `$` are the ends of a line.
enum PatternText {
  /// What stands in the way of a pattern, and how to mend it.
  struct Refusal: Error {
    let what: String
    let mend: String
  }

  /// - Parameter marking: whether the match is to begin with the pattern's own words, not with the header's name.
  static func compile(_ pattern: String, for field: RuleField, marking: Bool = false) throws -> String {
    let own = marking ? "\\K" : ""
    var expression = try rewrite(Array(pattern.unicodeScalars), inHead: isHead(field))
    if case .head(let name) = field {
      if expression.hasPrefix("^") {
        if hasTopLevelAlternative(expression) {
          throw Refusal(
            what: "'^' and '|' in one header pattern", mend: "write each alternative as a pattern of its own")
        }
        expression = "^\(escape(name)): \(own)(?:\(expression.dropFirst()))"
      } else {
        expression = "^\(escape(name)): [^\\n]*\(marking ? "?" : "")\(own)(?:\(expression))"
      }
    } else if expression.isEmpty {
      throw Refusal(what: "an empty pattern", mend: "write what the field must hold")
    }
    return expression
  }

  private static func isHead(_ field: RuleField) -> Bool {
    if case .head = field { return true }
    return false
  }

  private static func escape(_ name: String) -> String {
    name.map { $0.isLetter || $0.isNumber ? String($0) : "\\\($0)" }.joined()
  }

  private static func hasTopLevelAlternative(_ expression: String) -> Bool {
    var depth = 0
    var escaped = false
    for c in expression {
      if escaped {
        escaped = false
      } else if c == "\\" {
        escaped = true
      } else if c == "(" || c == "[" {
        depth += 1
      } else if c == ")" || c == "]" {
        depth -= 1
      } else if c == "|", depth == 0 {
        return true
      }
    }
    return false
  }

  private static func rewrite(_ source: [Unicode.Scalar], inHead: Bool) throws -> String {
    var out: [UInt8] = []
    var i = 0
    var inClass = false
    while i < source.count {
      let c = source[i]
      let next = i + 1 < source.count ? source[i + 1] : nil
      switch c {
      case "\\":
        guard let next else {
          throw Refusal(what: "a backslash at the end", mend: "write '\\\\' for a backslash")
        }
        if next == "b" { try checkBoundary(source, at: i) }
        if next.properties.numericType != nil, next != "0", !inClass {
          throw Refusal(what: "a reference to a group (\\\(next))", mend: "spell out what may stand there")
        }
        out.append(UInt8(ascii: "\\"))
        out += Array(String(next).utf8)
        i += 1
      case "(" where !inClass && next == "?":
        let rest = String(String.UnicodeScalarView(source[i...].prefix(4)))
        if rest.hasPrefix("(?=") || rest.hasPrefix("(?!") || rest.hasPrefix("(?<") {
          throw Refusal(
            what: "'\(rest.prefix(3))' looks around, which this engine cannot",
            mend: "put what must not be there under 'unless', or spell out what may stand there")
        }
        out.append(UInt8(ascii: "("))
      case "." where !inClass && (next == "*" || next == "+") && !inHead:
        throw Refusal(what: "'.\(next == "*" ? "*" : "+")' reaches over the whole text", mend: "bound it: '.{0,40}'")
      case "[" where !inClass:
        inClass = true
        out.append(UInt8(ascii: "["))
        if next == "^" {
          out.append(UInt8(ascii: "^"))
          i += 1
        }
        if i + 1 < source.count, source[i + 1] == "]" {
          out += Array("\\]".utf8)
          i += 1
        }
      case "]" where inClass:
        inClass = false
        out.append(UInt8(ascii: "]"))
      case " " where !inClass:
        out += Array((inHead ? "[ \\t]" : "\\s").utf8)
        if !isQuantifier(next) { out.append(UInt8(ascii: "+")) }
      default:
        if c.isASCII {
          out.append(UInt8(c.value))
          break
        }
        let folded = CaseFolding.fold(c)
        if inClass, !folded.allSatisfy({ $0 < 0x80 }) {
          throw Refusal(
            what: "'\(c)' inside […], where each of its bytes would count alone", mend: "write '(…|\(c)|…)'")
        }
        let together = !inClass && folded.count > 1 && isQuantifier(next)
        if together { out += Array("(?:".utf8) }
        out += folded
        if together { out.append(UInt8(ascii: ")")) }
      }
      i += 1
    }
    if inClass { throw Refusal(what: "'[' without ']'", mend: "close it, or write '\\['") }
    return String(decoding: out, as: UTF8.self)
  }

  private static func isQuantifier(_ c: Unicode.Scalar?) -> Bool { c == "?" || c == "*" || c == "+" || c == "{" }

  /// `\b` compares ASCII letters only: beside a letter that stays non-ASCII it holds where nobody means it to. Looks into
  /// the alternatives of a group that stands beside it, too.
  private static func checkBoundary(_ source: [Unicode.Scalar], at: Int) throws {
    var neighbours: [Unicode.Scalar] = []
    if at + 2 < source.count { gather(source, from: at + 2, step: 1, into: &neighbours) }
    if at > 0 { gather(source, from: at - 1, step: -1, into: &neighbours) }
    for neighbour in neighbours where CaseFolding.fold(neighbour).contains(where: { $0 >= 0x80 }) {
      throw Refusal(
        what: "'\\b' beside '\(neighbour)'", mend: "leave it out: '\\b' knows ASCII letters and digits only")
    }
  }

  /// The characters that may stand first (or, backwards, last) from a place on.
  private static func gather(_ source: [Unicode.Scalar], from: Int, step: Int, into found: inout [Unicode.Scalar]) {
    let open: Unicode.Scalar = step > 0 ? "(" : ")"
    let close: Unicode.Scalar = step > 0 ? ")" : "("
    guard source.indices.contains(from), source[from] == open else {
      if source.indices.contains(from) { found.append(source[from]) }
      return
    }
    var depth = 0
    var at = from
    var fresh = false
    while source.indices.contains(at) {
      let c = source[at]
      if c == open {
        depth += 1
        fresh = true
      } else if c == close {
        depth -= 1
        if depth == 0 { return }
        fresh = false
      } else if c == "|" {
        fresh = depth == 1 || fresh
      } else if c != "?" && c != ":" {
        if fresh { found.append(c) }
        fresh = false
      }
      at += step
    }
  }
}
