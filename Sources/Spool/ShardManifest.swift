import Foundation

/// What a committed shard says of itself: how it came about, what is in it, and that nothing was lost.
public struct ShardManifest: Sendable, Codable, Equatable {
  public var stage: StageName
  public var shard: Int
  public var key: ShardKey
  /// Records that went in, came out, and were set aside: `input = output + quarantined`.
  public var input: Int
  public var output: Int
  public var quarantined: Int
  /// SHA-256 of the compressed file, in hexadecimal.
  public var sha256: String
  /// Bytes of the compressed file, and of its text.
  public var bytes: Int
  public var textBytes: Int
  /// The gzip members, in order: a reader may take any of them alone.
  public var members: [Member]
  /// For a stage that reads a spool: the shard it was made from.
  public var from: Origin?
  /// For ingest: which part of which file.
  public var sources: [SourceRange]?

  /// One gzip member.
  public struct Member: Sendable, Codable, Equatable {
    /// Bytes from the start of the file, and compressed size.
    public var offset: Int
    public var bytes: Int
    public var textBytes: Int
    public var records: Int
  }

  /// The shard that this one was made from.
  public struct Origin: Sendable, Codable, Equatable {
    public var stage: StageName
    public var shard: Int
    public var sha256: String

    public init(stage: StageName, shard: Int, sha256: String) {
      self.stage = stage
      self.shard = shard
      self.sha256 = sha256
    }
  }

  /// A part of an archive that a shard holds.
  public struct SourceRange: Sendable, Codable, Equatable {
    /// Absolute path of the file, or of the Maildir's folder.
    public var path: String
    /// The format's name, as in the records.
    public var format: String
    /// From the first to after the last byte that was read; 0 and 0 for a Maildir.
    public var start: Int
    public var end: Int
    /// Messages taken from it.
    public var messages: Int
    /// Tells whether what was read is still the same (its meaning is the ingest stage's).
    public var fingerprint: String

    public init(path: String, format: String, start: Int, end: Int, messages: Int, fingerprint: String) {
      self.path = path
      self.format = format
      self.start = start
      self.end = end
      self.messages = messages
      self.fingerprint = fingerprint
    }
  }

  public init(
    stage: StageName, shard: Int, key: ShardKey, input: Int, output: Int, quarantined: Int, sha256: String, bytes: Int,
    textBytes: Int, members: [Member], from: Origin?, sources: [SourceRange]?
  ) {
    self.stage = stage
    self.shard = shard
    self.key = key
    self.input = input
    self.output = output
    self.quarantined = quarantined
    self.sha256 = sha256
    self.bytes = bytes
    self.textBytes = textBytes
    self.members = members
    self.from = from
    self.sources = sources
  }

  /// Reads a manifest file.
  public init(path: String) throws { self = try Self.decode(path) }

  /// Reads what is wanted of a manifest file.
  static func decode<Part: Decodable>(_ path: String) throws -> Part {
    do {
      return try JSONDecoder().decode(Part.self, from: Data(try Files.read(path)))
    } catch let error as DecodingError {
      throw SpoolError(
        .corrupt, path, "not a shard manifest (\(error)); remove the file, and the next run makes the shard anew")
    }
  }

  /// The file's text: sorted keys, so that the same manifest has the same bytes.
  public func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }
}
