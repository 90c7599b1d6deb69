import ByteSlices
import CZlib
import Foundation
import Records

@testable import Mail

/// A folder for one test, removed with the test.
final class TemporaryFolder {
  let path: String

  init() {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("returnmill-\(UUID().uuidString)").path
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, folders included, and returns its path.
  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  func move(_ name: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: path + "/" + name, toPath: path + "/" + other)
  }
}

/// What a test looks at in a message.
struct Found: Equatable {
  var text: String
  var id: MessageID
  var path: String
  var format: ArchiveFormat
  var offset: Int
  var length: Int
  var received: Int?
  var damage: String?
}

/// All messages of a file or folder, and what was reported.
func readAll(_ path: String, limit: Int = ArchiveReader.defaultLimit) throws -> (mail: [Found], problems: [String]) {
  var found: [Found] = []
  var problems: [String] = []
  let arena = Arena()
  try ArchiveReader.forEachMessage(
    in: path, limit: limit, arena: arena, report: { problems.append($0.description) },
    body: { message in
      found.append(
        Found(
          text: String(message.bytes), id: MessageID(of: message.bytes), path: String(message.source.path),
          format: message.source.format, offset: message.source.offset, length: message.source.length,
          received: message.received, damage: message.damage))
    })
  return (found, problems)
}

/// One gzip member.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  deflateInit2_(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
  let written = input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { place in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = place.baseAddress
      stream.avail_out = UInt32(place.count)
      deflate(&stream, Z_FINISH)
      return place.count - Int(stream.avail_out)
    }
  }
  return Array(output.prefix(written))
}

func gzipped(_ text: String) -> [UInt8] { gzipped(Array(text.utf8)) }

/// A small message; LF, one line of body per text.
func sample(_ subject: String, _ body: String...) -> String {
  "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: list@example.com\nSubject: \(subject)\n\n"
    + body.map { $0 + "\n" }.joined()
}

let separatorLine = "From MAILER-DAEMON Mon Oct  2 09:15:00 2023"
