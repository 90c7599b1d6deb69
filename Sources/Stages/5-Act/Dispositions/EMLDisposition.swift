import ByteSlices

/// Writes each message into a file of its own: `{"kind": "eml", "path": "returned"}`.
struct EMLSettings: DispositionSettings {
  static let kind = "eml"
  var path: String
  let takesEvents = false
  var place: String { path }
  let verb = "written into"

  init(_ reader: SettingsReader) throws { path = try reader.path("path") }

  func open(_ context: DispositionContext) -> any Disposition { EMLDisposition(path: path) }
}

/// A folder of `.eml` files, named for the messages' ids. The bytes are the message's own, so that their SHA-256 is the
/// id.
final class EMLDisposition: Disposition {
  private let path: String

  init(path: String) { self.path = path }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    let name = job.entry.message.hex + ".eml"
    try PlainFile.write(message, to: path + "/" + name)
    return .delivered(place: name)
  }
}
