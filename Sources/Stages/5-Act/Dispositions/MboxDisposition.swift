import ByteSlices

/// Appends messages to an mbox: `{"kind": "mbox", "path": "returns.mbox", "move": false}`.
struct MboxSettings: DispositionSettings {
  static let kind = "mbox"
  var path: String
  var moves: Bool
  let takesEvents = false
  var place: String { path }
  let verb = "appended to"

  init(_ reader: SettingsReader) throws {
    path = try reader.path("path")
    moves = try reader.optional("move", Bool.self) ?? false
  }

  func open(_ context: DispositionContext) -> any Disposition {
    MboxDisposition(AppendedFile(path: path, known: context.bookmark.flatMap(Int.init)))
  }
}

/// An mbox in the mboxrd form: `From ` lines are quoted so that they can be told from separators, and back.
final class MboxDisposition: Disposition {
  private let file: AppendedFile

  init(_ file: AppendedFile) { self.file = file }

  var bookmark: String? { file.length.map(String.init) }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    try file.append(MboxDisposition.record(job, message))
    return .delivered(place: nil)
  }

  func commit(_ record: (Int, DeliveryOutcome) throws -> Bool) throws { try file.commit() }

  /// A separator, the fields that tell why, the message, an empty line. Line ends are LF.
  static func record(_ job: DeliveryJob, _ message: ByteSlice) -> [UInt8] {
    var record = Array("From returnmill \(Timestamp.separator(job.entry.time ?? 0))\n".utf8)
    record += Array(DeliveryHeader.of(job.entry, lineEnd: .empty).utf8)
    record.reserveCapacity(record.count + message.count + 64)
    var at = 0
    while at < message.count {
      let end = message.firstIndex(of: 0x0A, from: at) ?? message.count
      let line = message.slice(at, end)
      var quotes = 0
      while quotes < line.count, line[quotes] == 0x3E { quotes += 1 }
      if line.dropFirst(quotes).hasPrefix("From ") { record.append(0x3E) }
      record += line.last == 0x0D ? line.dropLast() : line
      record.append(0x0A)
      at = end + 1
    }
    record.append(0x0A)
    return record
  }
}
