import ByteSlices
import Mail
import NDJSON
import Records
import Spool

/// Takes lines out of committed shards, whole or not at all.
///
/// A shard may hold messages of sources that are gone by now, so at no instant may it be missing: its new version is
/// committed in a spool of its own, and moved over the old one. A run that finds such a version finishes the move.
struct ShardReplacement {
  private let spool: SpoolFolder
  private let staging: SpoolFolder

  init(_ workspace: Workspace) {
    spool = workspace.spool(.ingest)
    staging = Workspace(root: workspace.root + "/replace").spool(.ingest)
  }

  /// Finishes what a killed run left.
  func recover() throws {
    guard Files.exists(staging.path) else { return }
    for shard in try staging.shards() { try move(shard) }
    try staging.sweep()
  }

  /// Applies the cuts, in the order of the shards: the ranges of a file go from its start on, and what a killed run
  /// left of them does not begin at 0, which the next run takes for changed.
  func apply(_ cuts: [ShardCut]) throws {
    for shard in Set(cuts.map(\.shard)).sorted() {
      try rewrite(shard, cuts.filter { $0.shard == shard })
      try move(shard)
    }
  }

  private func rewrite(_ shard: Int, _ cuts: [ShardCut]) throws {
    guard let old = try spool.manifest(shard) else { return }
    let writer = try ShardWriter(folder: staging, shard: shard)
    let reader = ShardReader()
    let arena = Arena()
    var lost: [Int: Int] = [:]
    try reader.forEachLine(spool, shard) { line in
      arena.reset()
      let source = try IngestRecord(line: line, arena: arena).source
      if let cut = cuts.firstIndex(where: { Self.hits($0, source.path, source.format == .mbox ? source.offset : nil) })
      {
        lost[cut, default: 0] += 1
      } else {
        writer.json.raw(line)
        writer.json.endLine()
        try writer.endRecord()
      }
    }
    try SetAside.forEach(spool, shard, reader) { path, offset, id, reason, raw in
      if let cut = cuts.firstIndex(where: { cut in path.withByteSlice { Self.hits(cut, $0, offset) } }) {
        lost[cut, default: 0] += 1
      } else {
        writer.quarantine(id: id, reason: reason, bytes: raw)
      }
    }
    var sources = old.sources ?? []
    for (index, cut) in cuts.enumerated() { Self.shorten(&sources, cut, by: lost[index] ?? 0) }
    try writer.commit(key: old.key, input: writer.output + writer.quarantined, sources: sources)
  }

  private static func hits(_ cut: ShardCut, _ path: ByteSlice, _ offset: Int?) -> Bool {
    let isSame = cut.path.withByteSlice { $0 == path }
    switch (cut.lines, offset) {
    case (.mbox(let from), let offset?): return isSame && offset >= from
    case (.file, nil): return isSame
    default: return false
    }
  }

  private static func shorten(_ sources: inout [ShardManifest.SourceRange], _ cut: ShardCut, by lost: Int) {
    let owner = cut.lines == .file ? SourceCheck.folder(of: cut.path) : cut.path
    for index in sources.indices {
      guard let format = LineageFormat(sources[index].format), format.bytes(ofPath: sources[index].path) == owner
      else { continue }
      switch cut.lines {
      case .file where format.kind == .eml:
        sources[index].messages -= lost
        if sources[index].messages <= 0 { sources.remove(at: index) }
        return
      case .mbox(let from) where format.kind == .mbox || format.kind == .mboxGzip:
        sources[index].messages -= lost
        sources[index].end = from
        sources[index].fingerprint = cut.fingerprint
        if from <= sources[index].start { sources.remove(at: index) }
        return
      default: continue
      }
    }
  }

  private func move(_ shard: Int) throws {
    guard let manifest = try staging.manifest(shard) else { return }
    if manifest.quarantined > 0 {
      try Files.makeFolder(spool.quarantine)
      try rename(staging.quarantinePath(shard), spool.quarantinePath(shard))
    } else {
      try Files.remove(spool.quarantinePath(shard))
    }
    try rename(staging.dataPath(shard), spool.dataPath(shard))
    try Files.syncFolder(spool.path)
    try rename(staging.manifestPath(shard), spool.manifestPath(shard))
    try Files.syncFolder(spool.path)
    try Files.syncFolder(staging.path)
  }

  /// Nothing happens when the file was moved before.
  private func rename(_ from: String, _ to: String) throws {
    guard Files.exists(from) else { return }
    guard systemRename(from, to) == 0 else { throw Files.failure("can't be renamed to \(to)", from) }
  }
}
