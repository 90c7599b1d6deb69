/// As much of a shard's manifest as it takes to find out whether something is stale: the rest may name thousands of
/// files.
public struct ShardBrief: Sendable, Decodable {
  public let key: ShardKey
  public let output: Int
  public let quarantined: Int
  public let sha256: String
}

/// What an ingest shard's manifest says of its sources.
public struct ShardSources: Sendable, Decodable {
  public let sources: [ShardManifest.SourceRange]?
}

extension SpoolFolder {
  /// The brief of a shard, or nil when the shard does not exist.
  public func brief(_ shard: Int) throws -> ShardBrief? { try part(of: shard) }

  /// The sources of a shard; none when the shard does not exist.
  public func sources(_ shard: Int) throws -> [ShardManifest.SourceRange] {
    let part: ShardSources? = try part(of: shard)
    return part?.sources ?? []
  }

  private func part<Part: Decodable>(of shard: Int) throws -> Part? {
    let path = manifestPath(shard)
    guard Files.exists(path) else { return nil }
    return try ShardManifest.decode(path)
  }
}
