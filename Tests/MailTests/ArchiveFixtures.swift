@_exported import ArchiveSupport
import ByteSlices
import Records

@testable import Mail

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

/// A small message; LF, one line of body per text.
func sample(_ subject: String, _ body: String...) -> String {
  "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: list@example.com\nSubject: \(subject)\n\n"
    + body.map { $0 + "\n" }.joined()
}

let separatorLine = "From MAILER-DAEMON Mon Oct  2 09:15:00 2023"
