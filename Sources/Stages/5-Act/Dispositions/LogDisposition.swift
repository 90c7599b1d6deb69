import ByteSlices

/// Writes a line for each event: `{"kind": "log", "path": "events.csv", "format": "csv", "fields": ["time", "recipient"]}`.
struct LogSettings: DispositionSettings {
  enum Format: String, Decodable, Sendable { case ndjson, csv }

  static let kind = "log"
  var path: String
  var format: Format
  /// What is written of an event; the key always goes first.
  var fields: [String]
  let takesEvents = true
  var place: String { path }
  let verb = "logged in"

  init(_ reader: SettingsReader) throws {
    path = try reader.path("path")
    format = try reader.optional("format", Format.self) ?? (path.hasSuffix(".csv") ? .csv : .ndjson)
    let fields = try reader.optional("fields", [String].self) ?? EventFacts.names
    if let stranger = fields.first(where: { !EventFacts.names.contains($0) }) {
      throw reader.problem(
        "\"fields\": \"\(stranger)\" is unknown; known are \(EventFacts.names.joined(separator: ", "))")
    }
    self.fields = ["key"] + fields.filter { $0 != "key" }
  }

  func open(_ context: DispositionContext) -> any Disposition {
    LogDisposition(self, AppendedFile(path: path, known: context.bookmark.flatMap(Int.init)))
  }
}

/// A file with a line for each event.
final class LogDisposition: Disposition {
  private let settings: LogSettings
  private let file: AppendedFile

  let needsMessage = false
  var bookmark: String? { file.length.map(String.init) }

  init(_ settings: LogSettings, _ file: AppendedFile) {
    self.settings = settings
    self.file = file
  }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    let facts = job.entry.facts
    if settings.format == .csv, try file.isEmpty() { try file.append(CSVLine.of(settings.fields)) }
    try file.append(
      settings.format == .csv ? CSVLine.of(settings.fields, facts) : facts.json(settings.fields) + [0x0A])
    return .delivered(place: nil)
  }

  func commit(_ record: (Int, DeliveryOutcome) throws -> Bool) throws { try file.commit() }
}

/// Lines of CSV (RFC 4180), with LF at the end.
enum CSVLine {
  static func of(_ values: [String]) -> [UInt8] { Array((values.map(quoted).joined(separator: ",") + "\n").utf8) }

  static func of(_ fields: [String], _ facts: EventFacts) -> [UInt8] {
    of(
      fields.map { name in
        switch facts[name] {
        case .text(let text): text
        case .number(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .none: ""
        }
      })
  }

  /// Line ends become spaces, so that a line is a line for every reader. A spreadsheet would take a value that begins
  /// with one of `=+-@` for a formula: strangers write these texts.
  private static func quoted(_ value: String) -> String {
    var text = String(value.map { $0.isNewline ? " " : $0 })
    if let first = text.first, "=+-@\t".contains(first), text.count > 1 { text = "'" + text }
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == " " }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
