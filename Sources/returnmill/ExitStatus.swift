import Foundation
import Pipeline
import Review

/// How the program ends when a library throws.
enum ExitStatus {
  /// Done, with something set aside for a person.
  static let heldBack: Int32 = 3
  static let badInput: Int32 = 65
  static let badConfiguration: Int32 = 78
  private static let failed: Int32 = 1

  /// True for errors of the libraries, false for those of the argument parser.
  static func isOurs(_ error: any Error) -> Bool { code(for: error) != nil }

  /// The published exit code for an error of the libraries.
  private static func code(for error: any Error) -> Int32? {
    error is ReviewError ? badInput : Runner.exitCode(for: error)
  }

  /// Says what went wrong on stderr, and ends the program.
  static func end(with error: any Error) -> Never {
    FileHandle.standardError.write(Data("returnmill: \(error)\n".utf8))
    Foundation.exit(code(for: error) ?? failed)
  }
}
