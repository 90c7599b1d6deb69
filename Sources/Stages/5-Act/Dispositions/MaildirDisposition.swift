import ByteSlices
import Records

/// Puts messages into a Maildir: `{"kind": "maildir", "path": "~/Maildir/.Returns", "move": false}`.
struct MaildirSettings: DispositionSettings {
  static let kind = "maildir"
  var path: String
  var moves = false
  let takesEvents = false
  var place: String { path }
  let verb = "put into"

  init(path: String) { self.path = path }

  init(_ reader: SettingsReader) throws {
    path = try reader.path("path")
    moves = try reader.optional("move", Bool.self) ?? false
  }

  func open(_ context: DispositionContext) -> any Disposition { MaildirDisposition(Maildir(path: path)) }
}

/// A Maildir that messages are delivered into, each behind the header fields that tell why.
final class MaildirDisposition: Disposition {
  private let maildir: Maildir

  init(_ maildir: Maildir) { self.maildir = maildir }

  func contains(_ job: DeliveryJob) throws -> Bool { try maildir.contains(job.entry.message) }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    let header = DeliveryHeader.of(job.entry, lineEnd: message)
    return .delivered(place: try header.withByteSlice { try maildir.stage(job.entry.message, $0, message) })
  }

  func commit(_ record: (Int, DeliveryOutcome) throws -> Bool) throws { try maildir.commit() }
}
