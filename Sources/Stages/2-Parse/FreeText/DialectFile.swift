import ByteSlices
import Patterns
import Yams

/// Reads the dialects of one file. Signs get their numbers from the `collector`, which outlives the file.
struct DialectFile {
  private let file: String
  private var dialect = ""
  private let collector: SignCollector

  init(_ file: String, _ collector: SignCollector) {
    self.file = file
    self.collector = collector
  }

  /// Reads `dialects:`, and `signs:`, which hold for all dialects.
  mutating func read(_ bytes: ByteSlice, into common: inout CommonSigns) throws -> [Dialect] {
    let root: Node
    do {
      guard let node = try Yams.compose(yaml: String(bytes), .basic, .default, .utf8) else { return [] }
      root = node
    } catch let error as YamlError {
      throw DialectError(file: file, line: 0, dialect: "", problem: "not YAML: \(error)", mend: "Mend the syntax")
    }
    let top = try members(root, of: "the file", allowed: ["signs", "dialects"])
    if let signs = top["signs"] { try readSigns(signs, into: &common) }
    guard let list = top["dialects"] else { return [] }
    return try sequence(list, "dialects").map { try readDialect($0) }
  }

  private mutating func readSigns(_ node: Node, into common: inout CommonSigns) throws {
    let parts = try members(
      node, of: "signs", allowed: ["null", "machine", "failure", "never", "original", "bystander"])
    if let part = parts["null"] { common.null += try tells(part) }
    if let part = parts["machine"] { common.machine += try tells(part) }
    if let part = parts["failure"] { common.failure += try tells(part) }
    if let part = parts["never"] { common.never += try tells(part) }
    if let part = parts["original"] { common.original += try strings(part, "original") }
    if let part = parts["bystander"] { common.bystander += try strings(part, "bystander") }
  }

  private mutating func readDialect(_ node: Node) throws -> Dialect {
    dialect = node["id"]?.string ?? ""
    defer { dialect = "" }
    let parts = try members(
      node, of: "a dialect",
      allowed: [
        "id", "name", "why", "priority", "supplement", "personal", "tells", "needs", "unless", "action", "actions",
        "complaints", "original",
        "recipients",
        "otherwise",
        "diagnostics", "examples",
      ])
    guard !dialect.isEmpty else {
      throw error(node, "a dialect has no id", "Give it one, in lower case, with '-' between words")
    }
    for required in ["name", "why", "tells", "examples"] where parts[required] == nil {
      throw error(node, "there is no '\(required)'", "Add it")
    }
    guard parts["recipients"] != nil || parts["otherwise"] != nil else {
      throw error(node, "nothing says where recipients stand", "Add 'recipients'")
    }
    var priority = 50
    if let part = parts["priority"] {
      guard let value = part.int else { throw error(part, "the priority is no number", "Write one from 0 to 100") }
      priority = value
    }
    var actions: [(action: StaticBytes, tell: Tell)] = []
    for part in try parts["actions"].map({ try sequence($0, "actions") }) ?? [] {
      let members = try members(
        part, of: "actions", allowed: ["action", "enough"] + SignField.allCases.map(\.rawValue))
      guard let name = members["action"] else { throw error(part, "there is no 'action'", "Say which action it tells") }
      let action = StaticBytes(try self.action(name))
      for tell in try tells(.sequence(Node.Sequence([part]))) { actions.append((action, tell)) }
    }
    var complaints: [(type: StaticBytes, tell: Tell)] = []
    for part in try parts["complaints"].map({ try sequence($0, "complaints") }) ?? [] {
      let members = try members(part, of: "complaints", allowed: ["type"] + SignField.allCases.map(\.rawValue))
      guard let type = members["type"]?.string, DialectFile.complaintTypes.contains(type) else {
        let types = DialectFile.complaintTypes.joined(separator: ", ")
        throw error(part, "a complaint has no type of RFC 5965", "Write 'type', one of \(types)")
      }
      for tell in try tells(.sequence(Node.Sequence([part]))) { complaints.append((StaticBytes(type), tell)) }
    }
    let examples = try sequence(parts["examples"] ?? node, "examples").map { try example($0) }
    var signs = try tells(parts["tells"] ?? node)
    if let part = parts["needs"] {
      for need in try tells(.sequence(Node.Sequence([part]))) {
        for place in signs.indices { signs[place].anyOf = need.anyOf + signs[place].anyOf }
      }
    }
    return Dialect(
      id: StaticBytes(dialect), name: parts["name"]?.string ?? "", why: parts["why"]?.string ?? "", file: file,
      priority: priority, isSupplement: parts["supplement"]?.bool ?? false,
      isPersonal: parts["personal"]?.bool ?? false, tells: signs, unless: try parts["unless"].map(tells) ?? [],
      action: StaticBytes(try parts["action"].map { try action($0) } ?? "failed"), actions: actions,
      complaints: complaints,
      original: try parts["original"].map { try any(of: strings($0, "original"), at: $0) },
      recipients: try passages(parts["recipients"], addressed: true),
      otherwise: try passages(parts["otherwise"], addressed: true),
      diagnostics: try passages(parts["diagnostics"], addressed: false), examples: examples)
  }

  /// A list of conditions: mappings of fields to a pattern, or to a list of which one must stand there.
  private func tells(_ node: Node) throws -> [Tell] {
    try sequence(node, "tells").map { node in
      var tell = Tell()
      guard let mapping = node.mapping, !mapping.isEmpty else {
        throw error(node, "a tell is no mapping", "Write one like {subject: '…', text: '…'}")
      }
      for (key, value) in mapping {
        if key.string == "action" || key.string == "type" { continue }
        if key.string == "enough" {
          tell.isEnough = value.bool ?? false
          continue
        }
        guard let name = key.string, let field = SignField(rawValue: name) else {
          let fields = SignField.allCases.map(\.rawValue).joined(separator: ", ")
          throw error(key, "a tell looks at '\(key.string ?? "?")'", "Use one of \(fields)")
        }
        var numbers: [Int] = []
        for pattern in try patternNodes(value) {
          let text = pattern.string ?? ""
          try check(text, at: pattern)
          numbers.append(
            collector.number(
              of: DialectFile.withCapitals(text), in: field, file: file, line: pattern.mark?.line ?? 0, dialect: dialect
            ))
        }
        // What is quickly told rules out first.
        tell.anyOf.insert(numbers, at: field == .text ? tell.anyOf.count : 0)
        if field == .headers || field == .from { tell.namesSender = true }
        if field == .subject { tell.namesSubject = true }
      }
      return tell
    }
  }

  private static let complaintTypes = ["abuse", "fraud", "virus", "not-spam", "auth-failure", "opt-out", "other"]

  private func passages(_ node: Node?, addressed: Bool) throws -> [Passage] {
    guard let node else { return [] }
    return try sequence(node, "recipients").map { node in
      let parts = try members(
        node, of: "a passage",
        allowed: ["field", "after", "before", "match", "words", "action", "strangers", "json"])
      guard let match = parts["match"] else { throw error(node, "there is no 'match'", "Add the pattern to look for") }
      let pattern = try self.pattern(match)
      for name in pattern.groups.keys.sorted() where !Passage.groupNames.contains(name) {
        let names = Passage.groupNames.sorted().joined(separator: ", ")
        throw error(match, "a group is named '\(name)'", "Use one of \(names), or (?:…)")
      }
      if addressed, pattern.groups["address"] == nil, pattern.groups["alias"] == nil {
        throw error(match, "no group captures the recipient", "Name one (?<address>…)")
      }
      var field = Passage.Field.text
      if let part = parts["field"] {
        guard let named = Passage.Field(rawValue: part.string ?? "") else {
          let names = Passage.Field.allCases.map(\.rawValue).joined(separator: ", ")
          throw error(part, "there is no field '\(part.string ?? "?")'", "Use one of \(names)")
        }
        field = named
      }
      return Passage(
        field: field, after: try parts["after"].map { try self.pattern($0) },
        before: try parts["before"].map { try self.pattern($0) }, match: pattern,
        expression: match.string ?? "", words: try parts["words"].map { try words($0) } ?? .none,
        action: try parts["action"].map { StaticBytes(try action($0)) },
        strangers: parts["strangers"]?.bool ?? false, isJSON: parts["json"]?.bool ?? false)
    }
  }

  private func words(_ node: Node) throws -> Passage.Words {
    if let lines = node.int, lines > 0 { return .lines(lines) }
    if node.string == "paragraph" { return .paragraph }
    if node.string == "around" { return .around }
    if node.string == "section" { return .section }
    if let until = node.mapping?["until"] { return .until(try pattern(until)) }
    throw error(node, "'words' is not understood", "Use a number of lines, paragraph, around, section, or {until: '…'}")
  }

  private func example(_ node: Node) throws -> DialectExample {
    let parts = try members(
      node, of: "an example",
      allowed: ["headers", "subject", "from", "text", "report", "complaint", "recipients", "original"])
    var example = DialectExample()
    example.line = node.mark?.line ?? 0
    example.headers = parts["headers"]?.string ?? ""
    example.subject = parts["subject"]?.string ?? ""
    example.from = parts["from"]?.string ?? ""
    example.text = parts["text"]?.string ?? ""
    example.isReport = parts["report"]?.bool ?? true
    example.complaint = parts["complaint"]?.string
    example.original = parts["original"]?.string
    for node in try parts["recipients"].map({ try sequence($0, "recipients") }) ?? [] {
      var fields: [String: String] = [:]
      let allowed = ["address", "alias", "status", "reply", "action", "diagnostic"]
      for (key, value) in try members(node, of: "an expected recipient", allowed: allowed) {
        fields[key] = value.string ?? ""
      }
      example.recipients.append(fields)
    }
    return example
  }

  private func action(_ node: Node) throws -> String {
    let known = ["failed", "delayed", "delivered", "relayed", "expanded"]
    guard let action = node.string, known.contains(action) else {
      throw error(node, "the action is '\(node.string ?? "?")'", "Use one of \(known.joined(separator: ", "))")
    }
    return action
  }

  private func pattern(_ node: Node) throws -> Pattern {
    guard let text = node.string, !text.isEmpty else { throw error(node, "a pattern is empty", "Write one") }
    try check(text, at: node)
    do {
      return try Pattern(DialectFile.withCapitals(text))
    } catch {
      throw self.error(node, "at offset \(error.offset) of the pattern '\(text)': \(error.words)", "Mend the pattern")
    }
  }

  /// One pattern for a list of which any may stand there.
  private func any(of texts: [String], at node: Node) throws -> Pattern {
    for text in texts { try check(text, at: node) }
    do {
      return try Pattern(texts.map { "(?:\(DialectFile.withCapitals($0)))" }.joined(separator: "|"))
    } catch {
      throw self.error(node, "one of the patterns does not compile: \(error.words)", "Mend it")
    }
  }

  /// A pattern that takes the first letter of a word in either case also where it is not ASCII: reports begin with
  /// capitals, and case does not count in the rest of a pattern.
  static func withCapitals(_ pattern: String) -> String {
    if pattern.utf8.allSatisfy({ $0 < 0x80 }) { return pattern }
    var out = ""
    var isInside = false
    var isEscaped = false
    for character in pattern.unicodeScalars {
      let capital = character.properties.uppercaseMapping
      if !isInside, !character.isASCII, capital.unicodeScalars.count == 1, capital != String(character) {
        out += "(?:\(character)|\(capital))"
      } else {
        out.unicodeScalars.append(character)
      }
      isInside = character.properties.isAlphabetic && !isEscaped
      isEscaped = character == "\\" && !isEscaped
    }
    return out
  }

  /// Patterns match bytes: a character beyond ASCII in a class would be taken for its bytes.
  private func check(_ pattern: String, at node: Node) throws {
    var inClass = false
    var escaped = false
    for character in pattern.unicodeScalars {
      if escaped {
        escaped = false
      } else if character == "\\" {
        escaped = true
      } else if character == "[" {
        inClass = true
      } else if character == "]" {
        inClass = false
      } else if inClass, !character.isASCII {
        throw error(node, "the class […] in '\(pattern)' holds '\(character)'", "Write (?:\(character)|…) instead")
      }
    }
  }

  private func patternNodes(_ node: Node) throws -> [Node] {
    if let list = node.sequence { return Array(list) }
    guard node.string != nil else {
      throw error(node, "neither a pattern nor a list of them", "Write a quoted pattern")
    }
    return [node]
  }

  private func strings(_ node: Node, _ what: String) throws -> [String] {
    try patternNodes(node).map {
      guard let text = $0.string, !text.isEmpty else { throw error($0, "\(what) holds no text", "Write a pattern") }
      return text
    }
  }

  private func sequence(_ node: Node, _ what: String) throws -> [Node] {
    guard let list = node.sequence else { throw error(node, "'\(what)' is no list", "Start its entries with '- '") }
    return Array(list)
  }

  private func members(_ node: Node, of what: String, allowed: [String]) throws -> [String: Node] {
    guard let mapping = node.mapping else {
      throw error(node, "\(what) is no mapping", "Write 'key: value' lines: \(allowed.joined(separator: ", "))")
    }
    var result: [String: Node] = [:]
    for (key, value) in mapping {
      guard let name = key.string, allowed.contains(name) else {
        throw error(
          key, "\(what) has an unknown key '\(key.string ?? "?")'", "Use one of \(allowed.joined(separator: ", "))")
      }
      result[name] = value
    }
    return result
  }

  private func error(_ node: Node, _ problem: String, _ mend: String) -> DialectError {
    DialectError(file: file, line: node.mark?.line ?? 0, dialect: dialect, problem: problem, mend: mend)
  }
}

/// The signs that hold for all dialects.
struct CommonSigns: Sendable {
  /// The envelope sender is the null sender.
  var null: [Tell] = []
  /// A machine sent it.
  var machine: [Tell] = []
  /// Its subject is one that reports on failure or delay have.
  var failure: [Tell] = []
  /// It is no report: a list, a reply.
  var never: [Tell] = []
  /// Where returned originals begin, in any dialect.
  var original: [String] = []
  /// What stands before an address that is no recipient's, but whom to ask; matched at the end of what precedes it.
  var bystander: [String] = []
}

/// Numbers the signs of all dialects: the same pattern in the same field is one sign.
final class SignCollector {
  struct Sign: Sendable {
    let pattern: String
    let number: Int
    let file: String
    let line: Int
    let dialect: String
  }

  private(set) var signs: [SignField: [Sign]] = [:]
  private var known: [String: Int] = [:]
  private(set) var count = 0

  func number(of pattern: String, in field: SignField, file: String, line: Int, dialect: String) -> Int {
    let key = "\(field.rawValue)\u{0}\(pattern)"
    if let number = known[key] { return number }
    let number = count
    count += 1
    known[key] = number
    signs[field, default: []].append(
      Sign(pattern: pattern, number: number, file: file, line: line, dialect: dialect))
    return number
  }
}
