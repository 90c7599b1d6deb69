import ByteSlices
import Foundation

/// Runs a program for each event, with the event as JSON on its standard input:
/// `{"kind": "program", "command": ["/usr/local/bin/crm-note", "--quiet"], "timeout": 30}`.
///
/// Exit status 0: done. 65 (EX_DATAERR): it will never take this one. Anything else: tried again by later runs.
struct ProgramSettings: DispositionSettings {
  static let kind = "program"
  var command: [String]
  /// Seconds.
  var timeout: Double
  let takesEvents = true
  var place: String { command.joined(separator: " ") }
  let verb = "given to"

  init(_ reader: SettingsReader) throws {
    command = try reader.required("command")
    guard let program = command.first, !program.isEmpty else {
      throw reader.problem("\"command\": expected a program and its arguments")
    }
    timeout = try reader.number("timeout", in: 0.1...86400, default: 30)
  }

  func open(_ context: DispositionContext) -> any Disposition { ProgramDisposition(self, context) }
}

/// A program that is run for each event.
final class ProgramDisposition: Disposition {
  private let settings: ProgramSettings
  private let context: DispositionContext
  private var jobs: [DeliveryJob] = []

  let needsMessage = false
  let isRecordedAtOnce = true

  init(_ settings: ProgramSettings, _ context: DispositionContext) {
    self.settings = settings
    self.context = context
  }

  func add(_ job: DeliveryJob, _ message: ByteSlice) throws -> DeliveryOutcome? {
    jobs.append(job)
    return nil
  }

  func commit(_ record: (Int, DeliveryOutcome) throws -> Bool) throws {
    let batch = jobs
    jobs.removeAll()
    for job in batch { if try !record(job.index, run(job)) { return } }
  }

  private func run(_ job: DeliveryJob) -> DeliveryOutcome {
    let name = settings.command[0]
    let ending: ProgramRun.Ending
    do {
      ending = try ProgramRun.run(
        settings.command, input: job.entry.facts.json() + [0x0A], timeout: settings.timeout,
        unless: context.shouldStop)
    } catch {
      return .failed(DeliveryFailure(reason: "\(name): \(error)", isAboutPlace: true))
    }
    let words = ending.errors.isEmpty ? "" : ": \(ending.errors)"
    switch ending.status {
    case .exited(0): return .delivered(place: nil)
    case .exited(let code):
      return .failed(
        DeliveryFailure(
          reason: "\(name) ended with status \(code)\(words)", isPermanent: code == 65,
          isAboutPlace: code == 126 || code == 127))
    case .signalled(let signal):
      return .failed(DeliveryFailure(reason: "\(name) was killed by signal \(signal)\(words)"))
    case .timedOut:
      return .failed(
        DeliveryFailure(
          reason: "\(name) took longer than \(settings.timeout) s and was killed\(words)", isAboutPlace: true))
    case .stopped: return .failed(DeliveryFailure(reason: "interrupted", isAboutPlace: true))
    }
  }
}
