import Act
import Fetch
import Foundation
import Spool

/// What a run did: kept in `runs/<id>/manifest.json`, and told to whoever started it.
public struct RunManifest: Sendable, Codable {
  /// The start in UTC and the process, `20260131T235959Z-4711`.
  public var id: String
  public var version: String
  public var started: Date
  public var finished: Date
  /// What came from each mailbox on a server, when there are any.
  public var fetches: [FetchReport]?
  public var stages: [StageSummary] = []
  /// The rules that it judged by, when it came to that.
  public var rules: RulesInForce?
  /// Counts of messages by category over the whole database after the run, when there was something to do.
  public var categories: [String: Int]?
  /// The same by the rule that decided, when there was something to do.
  public var decisions: [String: Int]?
  /// Why the run ended before its end, if it did.
  public var failure: String?
  public var exitCode: Int32 = 0

  /// Reads a manifest file.
  public init(path: String) throws {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      self = try decoder.decode(RunManifest.self, from: Data(try Files.read(path)))
    } catch let error as DecodingError {
      throw SpoolError(.corrupt, path, "not a run's manifest (\(error)); remove the run's folder")
    }
  }

  /// The file's text.
  public func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// True when there was nothing to do.
  public var wasFresh: Bool {
    stages.allSatisfy { $0.shards == 0 && $0.notes.isEmpty }
      && fetches?.allSatisfy { $0.messages == 0 && $0.settled == 0 && $0.failure == nil } ?? true
  }

  /// A few lines for a person.
  public var summary: String {
    if wasFresh, failure == nil { return "Everything is fresh: nothing to do.\n" }
    var text = fetches?.summary(isPlan: false) ?? ""
    for stage in stages {
      let name = stage.stage.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
      if stage.shards == 0 && stage.notes.isEmpty {
        text += name + "fresh\n"
        continue
      }
      var parts: [String] = []
      if stage.stage != .act {
        parts.append("\(grouped(stage.input)) messages")
        parts.append("\(stage.shards) shard\(stage.shards == 1 ? "" : "s")")
        if stage.fresh > 0 { parts.append("\(stage.fresh) fresh") }
        if stage.quarantined > 0 { parts.append("\(grouped(stage.quarantined)) quarantined") }
      }
      parts.append(String(format: "%.2f s", Double(stage.wallMilliseconds) / 1000))
      if stage.cpuMilliseconds > 100, stage.input > 0 {
        parts.append("\(grouped(stage.input * 1000 / stage.cpuMilliseconds)) messages per CPU-second")
      }
      text += name + parts.joined(separator: ", ") + "\n"
      for note in stage.notes { text += String(repeating: " ", count: 9) + note + "\n" }
    }
    return text
  }
}

extension RunManifest {
  init(id: String, version: String, started: Date, finished: Date) {
    self.id = id
    self.version = version
    self.started = started
    self.finished = finished
  }

  static func id(at time: Date) -> String {
    let stamp = time.ISO8601Format().filter { $0 != "-" && $0 != ":" }
    return "\(stamp)-\(ProcessInfo.processInfo.processIdentifier)"
  }
}

extension StagePlan {
  /// The plan in words, a line for each reason; every shard when verbose.
  public func lines(verbose: Bool) -> String {
    let name = stage.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
    if isFresh { return "\(name)fresh\(fresh > 0 ? " (\(fresh) shards)" : "")\n" }
    var lines: [String] = []
    if verbose {
      for item in stale {
        let shard = item.shard > 0 ? "shard \(SpoolFolder.name(item.shard)): " : ""
        lines.append(shard + item.reason)
      }
    } else {
      for (reason, count) in reasons {
        let messages = stale.filter { $0.reason == reason }.reduce(0) { $0 + $1.messages }
        let size = messages > 0 ? " (\(grouped(messages)) messages)" : ""
        let shards =
          stale.contains { $0.reason == reason && $0.shard > 0 } ? "\(count) shard\(count == 1 ? "" : "s"): " : ""
        lines.append(shards + reason + size)
      }
    }
    if !removed.isEmpty { lines.append("\(removed.count) to be removed: their input is gone") }
    if fresh > 0 { lines.append("\(fresh) fresh") }
    let indent = String(repeating: " ", count: 9)
    return lines.enumerated().map { ($0.offset == 0 ? name : indent) + $0.element + "\n" }.joined()
  }
}
