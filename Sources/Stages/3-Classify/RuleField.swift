/// What a rule may look at with patterns: free text.
enum PatternField: Int, CaseIterable {
  /// The server's words about one recipient; where they say nothing, the report's text stands in for them.
  case diagnostic
  /// The writer's own words.
  case text
  /// The words of a report of delivery. Rules call it `text` too; it is apart, as few of them ask for a report's words, and
  /// most messages are reports.
  case reportText
  case subject
  /// `from`, `to` and `header.NAME`: one line each of a block `name: value`.
  case head
}

extension PatternField {
  /// Whether it is looked at only when a rule wants it whose facts, and server's words, may all hold. A report's rules
  /// seldom ask for more than these; the other fields hold most of the text.
  var isLookedAtOnDemand: Bool { self != .diagnostic }

  static let onDemand = allCases.filter(\.isLookedAtOnDemand)

  /// What a rule that asks for the field wants.
  var wants: Wants { isLookedAtOnDemand ? Wants(rawValue: 1 << UInt8(rawValue)) : [] }

  /// How dear it is to confirm a pattern, as the texts go; facts cost nothing.
  var cost: Int {
    switch self {
    case .head: 1
    case .subject: 2
    case .diagnostic: 3
    case .text, .reportText: 4
    }
  }
}

/// What a rule may look at with values: exact (`5.1.1`), by their beginning (`5.1.*`) or their end (`*.example.com`).
/// `none` stands for an absent value, `*` for any that is there.
enum FactField: String, CaseIterable {
  // Of the message.
  case kind, dialect, original, sender, recipients, mentioned, words, disposition, flag
  case feedbackType = "feedback_type"
  case emptyText = "empty_text"
  // Of the recipient.
  case status, reply, action, mta
  case foundIn = "found_in"
  case recipientDomain = "recipient_domain"

  /// The only values the field takes, where there are few.
  var values: [String]? {
    switch self {
    case .kind: ["dsn", "bounce", "mdn", "feedback", "plain"]
    case .original, .emptyText: ["yes", "no"]
    case .sender: ["null", "given", "none"]
    case .recipients, .mentioned: ["none", "one", "many"]
    case .words: ["none", "few", "some", "many"]
    case .action: ["failed", "delayed", "delivered", "relayed", "expanded", "none"]
    default: nil
    }
  }
}

extension FactField {
  /// What the field's values look like, where they are codes.
  struct Form {
    /// Whether a value, or the beginning of one before a `*`, can occur.
    let allows: (String) -> Bool
    let words: String
  }

  var form: Form? {
    switch self {
    case .status:
      Form(
        allows: { Self.isCode($0, lengths: [1, 3, 3], separated: true) },
        words: "an enhanced status code ('5.1.1'), its beginning ('5.1.*') or 'none'")
    case .reply:
      Form(
        allows: { Self.isCode($0, lengths: [3], separated: false) },
        words: "a reply code ('550'), its beginning ('5*') or 'none'")
    default: nil
    }
  }

  private static func isCode(_ value: String, lengths: [Int], separated: Bool) -> Bool {
    if value == "none" || value == "*" { return true }
    let isOpen = value.hasSuffix("*")
    let parts = (isOpen ? value.dropLast() : value[...]).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= lengths.count, isOpen || parts.count == lengths.count else { return false }
    for (index, part) in parts.enumerated() {
      let mayBeEmpty = isOpen && index == parts.count - 1
      let least = mayBeEmpty ? 0 : separated || isOpen ? 1 : lengths[index]
      guard part.count >= least, part.count <= lengths[index], part.utf8.allSatisfy({ $0 &- 0x30 < 10 }) else {
        return false
      }
    }
    return true
  }

  /// Whether a message has at most one value of the field for each recipient.
  var isSingle: Bool { self != .flag }
}

/// What is looked at only when a rule wants it.
struct Wants: OptionSet {
  let rawValue: UInt8
  /// The number of words.
  static let words = Wants(rawValue: 1 << 7)
}

extension FactField {
  /// What a rule that asks for the field wants.
  var wants: Wants { self == .words ? .words : [] }
}

/// A field of a rule's condition, as the rule file names it.
enum RuleField: Equatable {
  case pattern(PatternField)
  /// A line of the head block: `from`, `to`, or a header's name in lower case.
  case head(name: String)
  case fact(FactField)

  static let names: [String] =
    ["diagnostic", "text", "subject", "from", "to", "header.NAME"] + FactField.allCases.map(\.rawValue)

  init?(_ name: String) {
    switch name {
    case "diagnostic": self = .pattern(.diagnostic)
    case "text": self = .pattern(.text)
    case "subject": self = .pattern(.subject)
    case "from", "to": self = .head(name: name)
    default:
      if name.hasPrefix("header."), name.utf8.count > 7 {
        self = .head(name: String(name.dropFirst(7)).lowercased())
      } else if let fact = FactField(rawValue: name) {
        self = .fact(fact)
      } else {
        return nil
      }
    }
  }

  /// How much the field tells a reader about why a rule held; the least is named in the verdict.
  var telling: Int {
    switch self {
    case .pattern(.diagnostic): 0
    case .pattern(.text), .pattern(.reportText): 1
    case .pattern(.subject): 2
    case .head(let name): name == "from" || name == "to" ? 4 : 3
    case .pattern(.head): 4
    case .fact(.status): 5
    case .fact(.reply): 6
    case .fact(.feedbackType), .fact(.disposition): 5
    case .fact(.action): 7
    case .fact: 8
    }
  }
}
