import Foundation
import Testing

/// The built program, run as a user would.
enum Mill {
  /// The repository's root folder.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let samples = root.appending(path: "samples")

  /// What a finished process left.
  struct Result {
    var code: Int32
    var output: String
    var errors: String
    var lines: [Substring] { output.split(separator: "\n") }
  }

  /// `returnmill` in the folder that the tests were built into, or the one that RETURNMILL_BINARY names.
  static let binary: URL = {
    if let path = ProcessInfo.processInfo.environment["RETURNMILL_BINARY"] { return URL(fileURLWithPath: path) }
    return URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "returnmill")
  }()

  /// Runs the program to its end.
  @discardableResult
  static func run(_ arguments: [String], in folder: URL = root) throws -> Result {
    try Tool.run(binary, arguments, in: folder)
  }

  /// Runs the program, and fails the test unless it ends with `code`.
  @discardableResult
  static func expect(
    _ code: Int32 = 0, _ arguments: [String], in folder: URL = root, location: SourceLocation = #_sourceLocation
  ) throws -> Result {
    let result = try run(arguments, in: folder)
    #expect(
      result.code == code, "returnmill \(arguments.joined(separator: " ")): \(result.errors.suffix(2000))",
      sourceLocation: location)
    return result
  }

  /// Starts the program, and kills it (SIGKILL) after so many seconds. True if it was still at work.
  static func kill(after seconds: Double, _ arguments: [String]) throws -> Bool {
    let moment = Date().addingTimeInterval(seconds)
    return try kill(arguments) { Date() >= moment }
  }

  /// Starts the program, and kills it (SIGKILL) as soon as `isTime`. True if it was still at work.
  static func kill(_ arguments: [String], when isTime: () -> Bool) throws -> Bool {
    let process = Process()
    process.executableURL = binary
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    while process.isRunning, !isTime() { usleep(200) }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }
}

/// Other programs that a spool should be readable by.
enum Tool {
  static func run(_ program: URL, _ arguments: [String], in folder: URL = Mill.root) throws -> Mill.Result {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let errorFile = FileManager.default.temporaryDirectory.appending(path: "returnmill-stderr-\(UUID().uuidString)")
    try Data().write(to: errorFile)
    defer { try? FileManager.default.removeItem(at: errorFile) }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Mill.Result(
      code: process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus,
      output: String(decoding: data, as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
  }

  /// Where a program is, or nil if this machine hasn't got it.
  static func find(_ name: String) -> URL? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").lazy
      .map { URL(fileURLWithPath: String($0)).appending(path: name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }
}
