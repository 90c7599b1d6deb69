import Transport

/// A disposition of the configuration: its kind's settings, and what all kinds have in common.
///
/// ```json
/// {"kind": "webhook", "url": "https://crm.example/hook", "limit": 5000, "max_attempts": 10, "max_age_days": 7}
/// ```
public struct DispositionTarget: Sendable, Equatable {
  let settings: any DispositionSettings
  /// The most deliveries of one run; the rest waits for the next.
  var limit: Int?
  /// A delivery is given up after so many runs have tried.
  var maxAttempts = 10
  /// A delivery is given up so many days after it first failed.
  var maxAgeDays = 7.0
  /// The same text for the same settings.
  let canonical: String

  /// All kinds there are.
  static let kinds: [any DispositionSettings.Type] = [
    MaildirSettings.self, MboxSettings.self, EMLSettings.self, AttachmentSettings.self, LogSettings.self,
    ForwardSettings.self, WebhookSettings.self, SQLSettings.self, ProgramSettings.self,
  ]

  /// A Maildir.
  init(maildir path: String) {
    settings = MaildirSettings(path: path)
    canonical = "kind=maildir path=\(path)"
  }

  /// Where it delivers to: a path, a URL, a program.
  public var place: String { settings.place }
  /// What is done with what is delivered: `put into`, `posted to`.
  public var verb: String { settings.verb }

  public static func == (a: DispositionTarget, b: DispositionTarget) -> Bool { a.canonical == b.canonical }
}

extension DispositionTarget: Decodable {
  public init(from decoder: any Decoder) throws {
    let reader = try SettingsReader(decoder)
    let name = try reader.required("kind", String.self)
    guard let kind = DispositionTarget.kinds.first(where: { $0.kind == name }) else {
      throw reader.problem(
        "\"kind\": \"\(name)\" is unknown; expected one of "
          + DispositionTarget.kinds.map { $0.kind }.sorted().joined(separator: ", "))
    }
    settings = try kind.init(reader)
    limit = try reader.optional("limit", Int.self)
    if let limit, limit < 1 { throw reader.problem("\"limit\": expected a number from 1 up") }
    maxAttempts = try reader.number("max_attempts", in: 1...100_000, default: 10)
    maxAgeDays = try reader.number("max_age_days", in: 0...36_500, default: 7)
    try reader.end()
    canonical = reader.canonical
  }
}
