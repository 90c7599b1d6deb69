import ByteSlices
import Records

/// A kind of disposition, as the configuration has it: one conforming type, and one file, a kind.
protocol DispositionSettings: Sendable {
  /// The name in the configuration's `kind`.
  static var kind: String { get }
  /// Takes the kind's own keys.
  init(_ reader: SettingsReader) throws
  /// Whether it gets each event rather than each message.
  var takesEvents: Bool { get }
  /// Whether the message leaves its source when it has arrived.
  var moves: Bool { get }
  /// Where it delivers to: a path, a URL, a program.
  var place: String { get }
  /// What is done with what is delivered: `posted to`.
  var verb: String { get }
  /// Makes the thing that delivers. Does nothing yet that could be seen.
  func open(_ context: DispositionContext) throws -> any Disposition
}

extension DispositionSettings {
  var moves: Bool { false }
}

/// What a disposition may know of the run it works in.
struct DispositionContext: Sendable {
  /// The disposition's name.
  var name: String
  /// The database that the run works on.
  var database: String
  /// What `bookmark` gave in the transaction of the last run that reached the ledger.
  var bookmark: String?
  /// Seconds since 1970.
  var now: Double
  /// Whether the run has been asked to stop.
  var shouldStop: @Sendable () -> Bool
}

/// Delivers, once for a message or an event.
///
/// `add` is called for each, and `commit` at the end of a batch: only then does the ledger say that something was
/// delivered. Whoever dies in between is given the same again, under the same key.
protocol Disposition: AnyObject {
  /// Whether `add` gets the message's bytes.
  var needsMessage: Bool { get }
  /// Whether the ledger is written after each delivery, because a repeat would be seen by others.
  var isRecordedAtOnce: Bool { get }
  /// Whether the thing lies there already, delivered by a run that died before its ledger said so.
  func contains(_ job: DeliveryJob) throws -> Bool
  /// Delivers or prepares to. nil: `commit` will tell what came of it.
  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome?
  /// Makes sure that what was added has arrived. `record` is told of what `add` left open, in order; where it returns
  /// false, the rest is to be left.
  func commit(_ record: (_ index: Int, _ outcome: DeliveryOutcome) throws -> Bool) throws
  /// What is to be kept in the database, in the transaction that writes the ledger.
  var bookmark: String? { get }
}

extension Disposition {
  var needsMessage: Bool { true }
  var isRecordedAtOnce: Bool { false }
  var bookmark: String? { nil }
  func contains(_ job: DeliveryJob) throws -> Bool { false }
  func commit(_ record: (_ index: Int, _ outcome: DeliveryOutcome) throws -> Bool) throws {}
}

/// Something to deliver.
struct DeliveryJob {
  /// Counts the jobs of a run.
  var index: Int
  var entry: LedgerEntry

  /// The same for the same thing in every run: what a receiver tells a repeat by. 32 hexadecimal digits.
  var key: String { entry.deliveryKey }
}

/// What became of a delivery.
enum DeliveryOutcome: Sendable, Equatable {
  /// - Parameter place: what it is called where it arrived.
  case delivered(place: String?)
  case failed(DeliveryFailure)
}

/// Why a delivery failed.
struct DeliveryFailure: Error, Sendable, Equatable, CustomStringConvertible {
  var reason: String
  /// Trying again is no use.
  var isPermanent = false
  /// Others would fare the same just now; some in a row, and the rest waits for the next run.
  var isAboutPlace = false

  var description: String { reason }
}
