import Act
import Foundation
import Spool

/// Runs the act stage, and tells in words what it did.
struct ActJob {
  let configuration: Configuration
  let releaseBrake: Bool
  var retryGivenUp = false
  let log: Log

  /// What would happen: a line for each kind of thing.
  func plan() throws -> StagePlan {
    var plan = StagePlan(stage: .act)
    guard Files.exists(configuration.database) else { return plan }
    let report = try stage().plan()
    plan.stale = Self.lines(report, didIt: false).map { .init(shard: 0, messages: 0, reason: $0) }
    return plan
  }

  /// - Throws: `ActError.brake` when too many would be suppressed.
  func run(dryRun: Bool) throws -> StageSummary {
    var summary = StageSummary(stage: .act)
    guard Files.exists(configuration.database) else { return summary }
    let report = dryRun ? try stage().plan() : try stage().run()
    try Interruption.check()
    for deliveries in report.deliveries {
      for failure in deliveries.failures {
        log.warning("\(deliveries.disposition): message \(failure.message) not delivered: \(failure.note ?? "unknown")")
      }
    }
    summary.notes = Self.lines(report, didIt: !dryRun)
    if let brake = report.brake { summary.notes.append(brake.description) }
    return summary
  }

  private func stage() throws -> ActStage {
    let library = MessageLibrary(spool: configuration.workspace.spool(.ingest))
    var options = ActOptions(
      policy: configuration.policy, dispositions: configuration.dispositions, brake: configuration.brake,
      releaseBrake: releaseBrake)
    options.retryGivenUp = retryGivenUp
    options.shouldStop = { Interruption.isRequested }
    return try ActStage(databasePath: configuration.database, options: options, reader: library.bytes)
  }

  private static func lines(_ report: ActReport, didIt: Bool) -> [String] {
    var lines: [String] = []
    func add(_ changes: StateChanges, _ what: String) {
      guard changes.count > 0 else { return }
      lines.append("\(grouped(changes.count)) addresses \(didIt ? "" : "to be ")\(what)")
    }
    add(report.suppressed, "suppressed")
    add(report.freed, "set free")
    add(report.moved, "noted as moved")
    if report.suppressedOnLists > 0 {
      lines.append("\(grouped(report.suppressedOnLists)) addresses \(didIt ? "" : "to be ")suppressed on a list")
    }
    if report.freedOnLists > 0 {
      lines.append("\(grouped(report.freedOnLists)) addresses \(didIt ? "" : "to be ")set free on a list")
    }
    for deliveries in report.deliveries {
      lines += self.lines(deliveries, didIt: didIt)
    }
    return lines
  }

  private static func lines(_ deliveries: Deliveries, didIt: Bool) -> [String] {
    let words = deliveries.disposition.replacingOccurrences(of: "_", with: " ")
    let what = deliveries.takesEvents ? "events" : "messages"
    var lines: [String] = []
    if deliveries.delivered > 0 {
      let verb = didIt ? deliveries.verb : "to be \(deliveries.verb)"
      lines.append("\(grouped(deliveries.delivered)) \(what) \(verb) \(deliveries.folder) for \(words)")
    }
    if deliveries.failed > 0 {
      lines.append("\(grouped(deliveries.failed)) \(what) for \(words) not delivered; tried again next time")
    }
    if deliveries.waiting > 0 {
      lines.append("\(grouped(deliveries.waiting)) \(what) for \(words) wait for the next run")
    }
    if deliveries.givenUp > 0 {
      lines.append(
        "\(grouped(deliveries.givenUp)) \(what) for \(words) \(didIt ? "" : "to be ")given up; v_deliveries says why")
    }
    return lines
  }
}
