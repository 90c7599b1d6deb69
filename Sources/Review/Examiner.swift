import ByteSlices
import Classify
import Foundation
import Mail
import Parse
import Pipeline
import Records

/// Parses and judges single messages, with all that a closer look needs at hand. Not thread-safe.
public final class Examiner {
  public let rules: RuleSet
  let judge: Judge
  private let parser: MessageParser
  private let messageLimit: Int
  private let archive = Arena()
  /// Reset before each message.
  let arena = Arena()

  /// With the bundled rules and the site's own, and the headers that it keeps.
  ///
  /// - Throws: when rules or dialects are invalid.
  public convenience init(configuration: Configuration?) throws {
    try self.init(
      rules: try RuleSet(files: try RuleSet.files(user: configuration?.rulesInForce() ?? []), trusting: true),
      options: configuration?.parseOptions ?? ParseOptions(),
      messageLimit: configuration?.limits.messageBytes ?? ArchiveReader.defaultLimit)
  }

  init(
    rules: RuleSet, options: ParseOptions = ParseOptions(), messageLimit: Int = ArchiveReader.defaultLimit
  ) throws {
    self.rules = rules
    self.messageLimit = messageLimit
    judge = try Judge(rules)
    parser = try MessageParser(dialects: try DialectSet.bundled(), options: options)
  }

  /// The evidence of a message; valid until the next one's.
  func evidence(_ bytes: ByteSlice, source: MessageSource = MessageSource(), received: Int? = nil, isCut: Bool = false)
    -> ParseRecord
  {
    arena.reset()
    return parser.parse(bytes, id: MessageID(of: bytes), source: source, received: received, isCut: isCut)
  }

  /// Lends each message of an archive with its evidence, in order. An empty file is a message without bytes.
  func forEachMessage(in path: String, _ body: (ParseRecord, ByteSlice) throws -> Void) throws {
    var messages = 0
    try ArchiveReader.forEachMessage(in: path, limit: messageLimit, arena: archive) { message in
      messages += 1
      try Interruption.check()
      try body(
        evidence(message.bytes, source: message.source, received: message.received, isCut: message.isCut), message.bytes
      )
    }
    if messages == 0 {
      try path.withByteSlice { try body(evidence(.empty, source: MessageSource(path: $0)), .empty) }
    }
  }
}

/// What a closer look can't do with what it was given; names it, and what to do.
public struct ReviewError: Error, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
