import Foundation
import Synchronization

/// A mail or web server on loopback that behaves as badly as a test asks: `receiver.py`, in a process of its own.
package final class Receiver {
  package enum Kind: String { case smtp, http }

  /// What was taken, as the script logs it.
  package struct Taken: Decodable {
    package var from: String?
    package var to: [String]?
    package var user: String?
    package var tls: Bool?
    package var connection: Int
    package var message: String?
    package var headers: [String: String]?
    package var body: String?
    package var status: Int?
    /// Whether it was answered, and at once.
    package var prompt: Bool?
  }

  package let port: Int
  private let process = Process()
  private let input = Pipe()
  private let log: URL

  package static let python = program("python3")

  /// Where a program is, or nil if this machine hasn't got it.
  static func program(_ name: String) -> String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// - Parameters:
  ///   - script: see `receiver.py`.
  ///   - port: one that was used before, or any.
  package init(
    _ kind: Kind, script: String = "[{}]", log: URL? = nil, port: Int = 0, environment: [String: String] = [:]
  ) throws {
    self.log = log ?? FileManager.default.temporaryDirectory.appending(path: "receiver-\(UUID().uuidString).ndjson")
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "receiver.py")
    process.executableURL = URL(fileURLWithPath: Receiver.python ?? "/usr/bin/python3")
    process.arguments = [source.path, kind.rawValue, self.log.path, script]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
      .merging(["RECEIVER_PORT": "\(port)"]) { $1 }
    process.standardInput = input
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    self.port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(at: log)
  }

  /// Ends the server; what was under way is cut off.
  package func stop() {
    guard process.isRunning else { return }
    // SIGTERM may be blocked, as the test runner blocks it.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// What was taken so far, in order.
  package var taken: [Taken] {
    let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Taken.self, from: Data($0.utf8)) }
  }
}

/// A certificate for 127.0.0.1 and localhost that signs itself, made by openssl.
package struct Certificate {
  package let folder: URL
  package var certificate: String { folder.appending(path: "cert.pem").path }
  package var environment: [String: String] {
    ["RECEIVER_CERT": certificate, "RECEIVER_KEY": folder.appending(path: "key.pem").path]
  }

  package static let openssl = Receiver.program("openssl")

  package init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "certificate-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Certificate.openssl ?? "/usr/bin/openssl")
    process.arguments = [
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
      "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
      folder.appending(path: "key.pem").path, "-out", certificate,
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
  }
}
