import ByteSlices
import Patterns

/// How one program, or a family of them, writes its reports on delivery.
final class Dialect: Sendable {
  let id: StaticBytes
  /// The programs and services that write it, and how it is known, in words.
  let name: String
  let why: String
  /// The data file that it stands in.
  let file: String
  /// Of the dialects that are told, the one of the highest priority reads first; then the order of the files counts.
  let priority: Int
  /// The dialect is told when any of these holds; what it `needs` is part of each.
  let tells: [Tell]
  /// It is not told when one of these holds, unless a machine's name stands in From.
  let unless: [Tell]
  /// The action of a recipient where nothing says otherwise: `failed` …
  let action: StaticBytes
  /// The first of these that holds gives the report's action instead.
  let actions: [(action: StaticBytes, tell: Tell)]
  /// The first of these that holds makes the report a complaint of that type (RFC 5965 §3.5), not one on delivery.
  let complaints: [(type: StaticBytes, tell: Tell)]
  /// Where the returned original begins.
  let original: Pattern?
  /// Where recipients stand; all of these are read.
  let recipients: [Passage]
  /// Where else they may stand: read in order, when there are none yet, until one of them finds some.
  let otherwise: [Passage]
  /// Words for recipients that are already known: a transcript, technical details.
  let diagnostics: [Passage]
  /// Its recipients are also read in reports of other dialects: what is told in fields beats what is told in words.
  let isSupplement: Bool
  /// It is written in the recipient's name: where it names no other, the message is a letter of its sender's, and no
  /// dialect reads it.
  let isPersonal: Bool
  let examples: [DialectExample]

  init(
    id: StaticBytes, name: String, why: String, file: String, priority: Int, isSupplement: Bool,
    isPersonal: Bool, tells: [Tell], unless: [Tell], action: StaticBytes, actions: [(action: StaticBytes, tell: Tell)],
    complaints: [(type: StaticBytes, tell: Tell)], original: Pattern?, recipients: [Passage],
    otherwise: [Passage],
    diagnostics: [Passage], examples: [DialectExample]
  ) {
    self.id = id
    self.name = name
    self.why = why
    self.file = file
    self.priority = priority
    self.isSupplement = isSupplement
    self.isPersonal = isPersonal
    self.tells = tells
    self.unless = unless
    self.action = action
    self.actions = actions
    self.complaints = complaints
    self.original = original
    self.recipients = recipients
    self.otherwise = otherwise
    self.diagnostics = diagnostics
    self.examples = examples
  }
}

/// A condition over the signs of a message: for each field, one of its patterns stands there.
struct Tell: Sendable {
  /// Numbers of signs; one of each inner list must be there. Those of the text come last.
  var anyOf: [[Int]] = []
  /// It looks at who sent the message (headers, from), which makes it enough by itself.
  var namesSender = false
  /// It looks at the subject.
  var namesSubject = false
  /// It is enough without a sign of the sender or the subject, though not in a reply or on a list.
  var isEnough = false

  func holds(_ signs: SignScanner) -> Bool { holds { signs.contains($0) } }

  /// The same of the text before an offset.
  func holds(_ signs: SignScanner, before end: Int) -> Bool { holds { signs.contains($0, before: end) } }

  @inline(__always) private func holds(_ contains: (Int) -> Bool) -> Bool {
    for alternatives in anyOf where !alternatives.contains(where: contains) { return false }
    return !anyOf.isEmpty
  }
}

/// A place in a report where a pattern is looked for again and again.
final class Passage: Sendable {
  /// What is searched.
  enum Field: String, CaseIterable, Sendable { case text, subject, headers, original }

  /// What of the text behind a match belongs to its words; never more than up to the next match.
  enum Words: Sendable {
    case none
    case lines(Int)
    /// Up to a line without text.
    case paragraph
    /// The line that the match stands in from its beginning, up to a line without text: for an address that stands in
    /// the middle of a sentence.
    case around
    /// Up to the end of the section.
    case section
    case until(Pattern)
  }

  let field: Field
  /// The section begins behind this; without it, with the report.
  let after: Pattern?
  /// The section ends before this; without it, with the report.
  let before: Pattern?
  let match: Pattern
  /// `match` as it is written.
  let expression: String
  let words: Words
  let action: StaticBytes?
  /// Passes over the addresses of the report's own From and To: for patterns that take any address.
  let strangers: Bool
  /// What is captured is inside a JSON string.
  let isJSON: Bool
  /// Numbers of the groups that mean something, or -1.
  let address: Int
  let alias: Int
  let diagnostic: Int
  let status: Int
  let reply: Int
  let reportedAction: Int
  let remoteMTA: Int
  let reportingMTA: Int

  /// The names that groups may have.
  static let groupNames: Set<String> = [
    "address", "alias", "diagnostic", "status", "reply", "action", "mta", "reporting",
  ]

  init(
    field: Field, after: Pattern?, before: Pattern?, match: Pattern, expression: String, words: Words,
    action: StaticBytes?,
    strangers: Bool, isJSON: Bool
  ) {
    self.field = field
    self.after = after
    self.before = before
    self.match = match
    self.expression = expression
    self.words = words
    self.action = action
    self.strangers = strangers
    self.isJSON = isJSON
    address = match.groups["address"] ?? -1
    alias = match.groups["alias"] ?? -1
    diagnostic = match.groups["diagnostic"] ?? -1
    status = match.groups["status"] ?? -1
    reply = match.groups["reply"] ?? -1
    reportedAction = match.groups["action"] ?? -1
    remoteMTA = match.groups["mta"] ?? -1
    reportingMTA = match.groups["reporting"] ?? -1
  }
}

/// A text and what is to be read in it; the tests run every one.
struct DialectExample: Sendable {
  var headers = ""
  var subject = ""
  var from = ""
  var text = ""
  /// False for a message that only looks like a report.
  var isReport = true
  /// What the complaint's type is expected to be; nil when it is none.
  var complaint: String?
  /// What the recipients are expected to be; each has `address`, and of the other fields those that are checked.
  var recipients: [[String: String]] = []
  /// The words that the returned original begins with, if that is checked.
  var original: String?
  /// The line of the file.
  var line = 0
}

/// Bytes that live as long as the program's data files are in use: slices of them may go into any record.
final class StaticBytes: Sendable {
  private nonisolated(unsafe) let place: UnsafeMutablePointer<UInt8>
  private let count: Int

  init(_ text: String) {
    let bytes = Array(text.utf8)
    count = bytes.count
    place = .allocate(capacity: max(count, 1))
    place.update(from: bytes, count: count)
  }

  deinit { place.deallocate() }

  var slice: ByteSlice { ByteSlice(base: place, count: count) }
}
