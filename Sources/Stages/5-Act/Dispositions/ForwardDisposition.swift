import ByteSlices
import Foundation
import Transport

/// Forwards messages by SMTP:
/// ```json
/// {"kind": "forward", "smtp": {"url": "smtp://localhost"}, "from": "mill@example.org", "to": ["team@example.org"],
///  "as": "attachment", "limit": 200}
/// ```
struct ForwardSettings: DispositionSettings {
  enum Form: String, Decodable, Sendable { case attachment, redirect }

  static let kind = "forward"
  var server: SMTPServer
  var from: String
  var to: [String]
  var form: Form
  let takesEvents = false
  var place: String { to.joined(separator: ", ") }
  let verb = "forwarded to"

  init(_ reader: SettingsReader) throws {
    server = try reader.required("smtp")
    from = try reader.required("from")
    to = try reader.required("to")
    form = try reader.optional("as") ?? .attachment
    guard !to.isEmpty else { throw reader.problem("\"to\": expected a list of addresses") }
    for address in [from] + to where !ForwardSettings.isAddress(address) {
      throw reader.problem("\"\(address)\" is no plain address; expected something like someone@example.org")
    }
  }

  func open(_ context: DispositionContext) -> any Disposition { ForwardDisposition(self, context) }

  private static func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
      && text.unicodeScalars.allSatisfy {
        $0.value > 0x20 && $0.value != 0x7F && !"<>(),;:\"\\".unicodeScalars.contains($0)
      }
  }
}

/// A mail server that messages are forwarded through.
final class ForwardDisposition: Disposition {
  private let settings: ForwardSettings
  private let context: DispositionContext
  private let pool: SMTPPool
  private var jobs: [(index: Int, submission: Submission)] = []

  let isRecordedAtOnce = true

  init(_ settings: ForwardSettings, _ context: DispositionContext) {
    self.settings = settings
    self.context = context
    pool = SMTPPool(settings.server)
  }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    if message.contains(caseless: "x-returnmill-forwarded:") {
      return .failed(
        DeliveryFailure(
          reason: "it has been forwarded before, or returns what was: forwarding it again might go on for ever",
          isPermanent: true))
    }
    let forwarded = ForwardedMessage(job: job, message: message, settings: settings, time: Int(context.now))
    jobs.append((job.index, Submission(sender: settings.from, recipients: settings.to, message: forwarded.bytes)))
    return nil
  }

  /// As many at a time as there are connections, so that no more than those can be repeated when the process dies.
  func commit(_ record: (Int, DeliveryOutcome) throws -> Bool) throws {
    let batch = jobs
    jobs.removeAll()
    var at = 0
    while at < batch.count {
      let round = batch[at..<min(at + settings.server.connections, batch.count)]
      at = round.endIndex
      let outcomes = pool.send(round.map(\.submission), unless: context.shouldStop)
      for (job, outcome) in zip(round, outcomes) where try !record(job.index, ForwardDisposition.outcome(outcome)) {
        at = batch.count
      }
    }
  }

  private static func outcome(_ outcome: SubmissionOutcome) -> DeliveryOutcome {
    switch outcome {
    case .accepted(let reply, let refused):
      let others = refused.map { "; not for \($0.recipient): \($0.failure)" }.joined()
      return .delivered(place: "\(reply)\(others)")
    case .failed(let failure):
      return .failed(
        DeliveryFailure(
          reason: failure.words, isPermanent: failure.isPermanent, isAboutPlace: failure.isAboutServer))
    }
  }
}
