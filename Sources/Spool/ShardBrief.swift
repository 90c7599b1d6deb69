/// As much of a shard's manifest as it takes to find out whether something is stale: the rest may name thousands of
/// files.
public struct ShardBrief: Sendable, Decodable {
  public let key: ShardKey
  public let output: Int
  public let quarantined: Int
  public let sha256: String
}

extension SpoolFolder {
  /// The brief of a shard, or nil when the shard does not exist.
  public func brief(_ shard: Int) throws -> ShardBrief? { try part(of: shard) }

  /// Where an ingest shard's messages come from; nothing when the shard does not exist.
  public func sources(_ shard: Int) throws -> [ShardManifest.SourceRange] {
    struct Part: Decodable { let sources: [ShardManifest.SourceRange]? }
    let part: Part? = try part(of: shard)
    return part?.sources ?? []
  }

  private func part<Part: Decodable>(of shard: Int) throws -> Part? {
    let path = manifestPath(shard)
    guard Files.exists(path) else { return nil }
    return try ShardManifest.decode(path)
  }
}
