import ByteSlices
import Crypto
import Foundation
import NDJSON

/// Writes a shard: encode a record into `json`, then call `endRecord()`; at the end `commit`.
///
/// Until the commit nothing is visible; a writer that is given up (or a process that dies) leaves a `.tmp` file that
/// the next run sweeps away.
public final class ShardWriter {
  /// A member is closed when its text has reached this many bytes.
  public static let memberTextBytes = 1 << 20

  public let folder: SpoolFolder
  public let shard: Int
  /// What records are encoded into.
  public var json: JSONWriter
  public private(set) var output = 0
  public private(set) var quarantined = 0
  /// Text written so far, in bytes.
  public var textBytes: Int { flushedText + text.count }

  private let text = ByteBuffer(capacity: ShardWriter.memberTextBytes + (256 << 10))
  private let compressed = ByteBuffer(capacity: 512 << 10)
  private let compressor = GzipCompressor()
  private let file: OutputFile
  private var hash = SHA256()
  private var members: [ShardManifest.Member] = []
  private var flushedText = 0
  private var flushedBytes = 0
  private var memberRecords = 0
  private let aside = ByteBuffer(capacity: 64)
  private var finished = false

  public init(folder: SpoolFolder, shard: Int) throws {
    self.folder = folder
    self.shard = shard
    try Files.makeFolder(folder.path)
    file = try OutputFile(path: folder.dataPath(shard) + ".tmp")
    json = JSONWriter(text)
  }

  deinit { if !finished { file.abandon() } }

  /// The record that was just encoded is complete.
  public func endRecord() throws {
    output += 1
    memberRecords += 1
    if text.count >= Self.memberTextBytes { try flush() }
  }

  /// Sets a record aside with the reason why it can't be used, and the bytes that there are.
  public func quarantine(id: String?, reason: String, bytes: ByteSlice) {
    quarantined += 1
    var json = JSONWriter(aside)
    json.beginObject()
    json.field("id", id)
    json.field("reason", reason)
    json.key("raw")
    json.latin1(bytes)
    json.endObject()
    json.endLine()
  }

  /// Makes the shard exist: data, then quarantine, then the manifest.
  @discardableResult
  public func commit(
    key: ShardKey, input: Int, from: ShardManifest.Origin? = nil, sources: [ShardManifest.SourceRange]? = nil
  ) throws -> ShardManifest {
    guard input == output + quarantined else {
      throw SpoolError(
        .corrupt, folder.dataPath(shard),
        "\(input) records went in, but \(output) came out and \(quarantined) were set aside; this is a bug, please report it"
      )
    }
    if text.count > 0 { try flush() }
    finished = true
    // An older version stops existing before its data is replaced.
    let manifestPath = folder.manifestPath(shard)
    if Files.exists(manifestPath) {
      try Files.remove(manifestPath)
      try Files.syncFolder(folder.path)
    }
    try file.commit(as: folder.dataPath(shard))
    if quarantined > 0 {
      try Files.makeFolder(folder.quarantine)
      compressed.removeAll()
      compressor.compress(aside.slice, to: compressed)
      try Files.writeAtomically(compressed.slice, to: folder.quarantinePath(shard))
    } else {
      try Files.remove(folder.quarantinePath(shard))
    }
    let manifest = ShardManifest(
      stage: folder.stage, shard: shard, key: key, input: input, output: output, quarantined: quarantined,
      sha256: hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
      bytes: flushedBytes, textBytes: flushedText, members: members, from: from, sources: sources)
    try Files.writeAtomically(try manifest.encoded(), to: manifestPath)
    return manifest
  }

  private func flush() throws {
    compressed.removeAll()
    compressor.compress(text.slice, to: compressed)
    hash.update(bufferPointer: compressed.slice.raw)
    try file.write(compressed.slice)
    members.append(
      .init(offset: flushedBytes, bytes: compressed.count, textBytes: text.count, records: memberRecords))
    flushedBytes += compressed.count
    flushedText += text.count
    memberRecords = 0
    text.removeAll()
  }
}
