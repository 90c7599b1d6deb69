import Foundation
import Pipeline

/// How the program ends when a library throws.
enum ExitStatus {
  static let badInput: Int32 = 65
  private static let failed: Int32 = 1

  /// True for errors of the libraries, false for those of the argument parser.
  static func isOurs(_ error: any Error) -> Bool { Runner.exitCode(for: error) != nil }

  /// Says what went wrong on stderr, and ends the program.
  static func end(with error: any Error) -> Never {
    FileHandle.standardError.write(Data("returnmill: \(error)\n".utf8))
    Foundation.exit(Runner.exitCode(for: error) ?? failed)
  }
}
