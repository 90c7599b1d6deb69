import Foundation

/// A password or key, told by where it is rather than by itself, so that a configuration file holds none.
///
/// In the configuration: `{"file": "smtp.password"}`, `{"environment": "SMTP_PASSWORD"}`, or
/// `{"command": ["pass", "show", "smtp"]}`. Of a file's or a command's output the line end at the end is taken off.
public enum Secret: Sendable, Equatable {
  /// A file that nobody else should be able to read.
  case file(String)
  case environment(String)
  /// A program and its arguments; what it writes to standard output.
  case command([String])

  /// The secret. Reads the file or runs the command anew each time.
  ///
  /// - Throws: `TransportError` when there is none, or it is empty.
  public func read() throws(TransportError) -> String {
    let text: String
    switch self {
    case .file(let path):
      guard let data = FileManager.default.contents(atPath: path) else {
        throw TransportError("\(path): the secret can't be read: there is no such file, or it isn't yours to read")
      }
      text = String(decoding: data, as: UTF8.self)
    case .environment(let name):
      guard let value = ProcessInfo.processInfo.environment[name] else {
        throw TransportError("the environment has no variable \(name), which should hold a secret; set it")
      }
      text = value
    case .command(let words): text = try Secret.output(of: words)
    }
    let secret = text.hasSuffix("\r\n") ? text.dropLast() : text.hasSuffix("\n") ? text.dropLast() : text[...]
    guard !secret.isEmpty else { throw TransportError("\(self): the secret is empty") }
    return String(secret)
  }

  private static func output(of words: [String]) throws(TransportError) -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["--"] + words
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    let name = words.first ?? ""
    do { try process.run() } catch { throw TransportError("\(name): can't be started to get a secret: \(error)") }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw TransportError("\(name): gave no secret: it ended with status \(process.terminationStatus)")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

extension Secret: CustomStringConvertible {
  /// Where it is, never what it is.
  public var description: String {
    switch self {
    case .file(let path): path
    case .environment(let name): "environment variable \(name)"
    case .command(let words): "output of \(words.joined(separator: " "))"
    }
  }
}

extension Secret: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case file, environment, command
  }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(besides: CodingKeys.self)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    guard values.allKeys.count == 1, let key = values.allKeys.first else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription:
            "expected {\"file\": PATH}, {\"environment\": NAME} or {\"command\": [PROGRAM, ARGUMENT, …]}"))
    }
    switch key {
    case .file: self = .file(decoder.absolute(try values.decode(String.self, forKey: .file)))
    case .environment: self = .environment(try values.decode(String.self, forKey: .environment))
    case .command:
      let words = try values.decode([String].self, forKey: .command)
      guard !words.isEmpty else {
        throw DecodingError.dataCorruptedError(forKey: .command, in: values, debugDescription: "the list is empty")
      }
      self = .command(words)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .file(let path): try values.encode(path, forKey: .file)
    case .environment(let name): try values.encode(name, forKey: .environment)
    case .command(let words): try values.encode(words, forKey: .command)
    }
  }
}
