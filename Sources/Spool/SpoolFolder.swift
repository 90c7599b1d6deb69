/// The shards of one stage: `NNNNNN.ndjson.gz`, each with `NNNNNN.manifest.json`. A shard without a manifest does not
/// exist.
public struct SpoolFolder: Sendable {
  public let stage: StageName
  public let path: String
  /// Where records go that the stage could not use.
  public let quarantine: String

  /// A shard's number as it stands in file names.
  public static func name(_ shard: Int) -> String {
    let digits = String(shard)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  public func dataPath(_ shard: Int) -> String { "\(path)/\(Self.name(shard)).ndjson.gz" }
  public func manifestPath(_ shard: Int) -> String { "\(path)/\(Self.name(shard)).manifest.json" }
  public func quarantinePath(_ shard: Int) -> String { "\(quarantine)/\(Self.name(shard)).ndjson.gz" }

  /// The numbers of the shards that exist, in order.
  public func shards() throws -> [Int] {
    try Files.names(in: path).compactMap { name in
      guard name.hasSuffix(".manifest.json") else { return nil }
      return Int(name.dropLast(".manifest.json".count))
    }.sorted()
  }

  /// A shard's manifest, or nil when the shard does not exist.
  public func manifest(_ shard: Int) throws -> ShardManifest? {
    let path = manifestPath(shard)
    guard Files.exists(path) else { return nil }
    return try ShardManifest(path: path)
  }

  /// Takes a shard out: the manifest first, so that it is gone at once.
  public func remove(_ shard: Int) throws {
    try Files.remove(manifestPath(shard))
    try Files.syncFolder(path)
    try Files.remove(dataPath(shard))
    try Files.remove(quarantinePath(shard))
  }

  /// Removes what a killed run left behind: temporary files, and data without a manifest. Only under the lock.
  public func sweep() throws {
    let shards = Set(try shards())
    for folder in [path, quarantine] {
      for name in try Files.names(in: folder) {
        let orphan = name.hasSuffix(".ndjson.gz") && !(Int(name.dropLast(10)).map(shards.contains) ?? true)
        if name.hasSuffix(".tmp") || orphan { try Files.remove("\(folder)/\(name)") }
      }
    }
  }
}
