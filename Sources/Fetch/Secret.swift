import Foundation

/// Where a password or a token comes from. Never from the configuration itself, which is copied and shown around.
public enum Secret: Sendable, Equatable {
  /// The first line of a file.
  case file(String)
  /// A variable of the environment.
  case environment(String)
  /// The first line that a program prints; one string is given to the shell.
  case command([String])

  /// Gets it.
  ///
  /// - Parameter mailbox: named in errors.
  public func value(for mailbox: String) throws -> String {
    switch self {
    case .file(let path):
      guard let data = FileManager.default.contents(atPath: path) else {
        throw FetchError(.configuration, mailbox, "the password file \(path) can't be read")
      }
      return try firstLine(data, "the file \(path)", mailbox)
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
        throw FetchError(.configuration, mailbox, "the environment has no \(name), which should hold the password")
      }
      return value
    case .command(let words):
      return try firstLine(try output(of: words, mailbox), "the command \(words.joined(separator: " "))", mailbox)
    }
  }

  /// A file that others may read, to be warned of.
  public var openFile: String? {
    guard case .file(let path) = self,
      let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    else { return nil }
    return mode & 0o044 == 0 ? nil : path
  }

  private func firstLine(_ data: Data, _ place: String, _ mailbox: String) throws -> String {
    let line = data.prefix { $0 != 0x0A && $0 != 0x0D }
    guard !line.isEmpty, let text = String(data: line, encoding: .utf8) else {
      throw FetchError(.configuration, mailbox, "\(place) gives no password: expected it in the first line")
    }
    return text
  }

  private func output(of words: [String], _ mailbox: String) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: words.count == 1 ? "/bin/sh" : "/usr/bin/env")
    process.arguments = words.count == 1 ? ["-c", words[0]] : words
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    do {
      try process.run()
    } catch {
      throw FetchError(.configuration, mailbox, "the command for the password can't be run: \(error)")
    }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw FetchError(
        .configuration, mailbox,
        "the command for the password ended with \(process.terminationStatus): \(words.joined(separator: " "))")
    }
    return data
  }
}
