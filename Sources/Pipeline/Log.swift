import Foundation
import Logging

/// The program's log, on stderr: plain words for a person, or one JSON object a line.
public struct Log: Sendable {
  public enum Format: String, Sendable, CaseIterable {
    case text, json
  }

  public let format: Format
  private let logger: Logger

  /// - Parameter verbose: also what is only of interest when something is odd.
  public init(format: Format = .text, verbose: Bool = false, quiet: Bool = false) {
    self.format = format
    var logger = Logger(label: "returnmill") { _ in StandardErrorHandler(format: format) }
    logger.logLevel = quiet ? .warning : verbose ? .debug : .info
    self.logger = logger
  }

  public func debug(_ message: @autoclosure () -> String) { logger.debug("\(message())") }
  public func info(_ message: @autoclosure () -> String) { logger.info("\(message())") }
  public func warning(_ message: @autoclosure () -> String) { logger.warning("\(message())") }
  public func error(_ message: @autoclosure () -> String) { logger.error("\(message())") }
}

/// Writes log records to stderr.
private struct StandardErrorHandler: LogHandler {
  let format: Log.Format
  var logLevel = Logger.Level.info
  var metadata = Logger.Metadata()

  init(format: Log.Format) { self.format = format }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let line: String
    switch format {
    case .text:
      line = (event.level >= .warning ? "returnmill: \(event.level): " : "") + event.message.description
    case .json:
      let record = [
        "time": Date().ISO8601Format(), "level": event.level.rawValue, "message": event.message.description,
      ]
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      line = (try? encoder.encode(record)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
