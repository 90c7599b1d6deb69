import ByteSlices
import Foundation
import Mail
import Records
import Spool

struct IngestJob {
  let configuration: Configuration
  let log: Log
  func plan(force: Bool) throws -> StagePlan {
    var plan = StagePlan(stage: .ingest)
    if try configuration.workspace.spool(.ingest).shards().isEmpty {
      plan.stale.append(.init(shard: 1, messages: 0, reason: "new"))
    }
    return plan
  }
  func run(workers: Int, force: Bool, progress: Progress) throws -> StageSummary {
    var summary = StageSummary(stage: .ingest)
    let spool = configuration.workspace.spool(.ingest)
    guard try spool.shards().isEmpty else { return summary }
    var shard = 0, bytes = 0
    var writer: ShardWriter?
    func close() throws {
      if let writer { try writer.commit(key: ShardKey([]), input: writer.output); summary.shards += 1 }; writer = nil;
      bytes = 0
    }
    for source in configuration.sources {
      try ArchiveReader.forEachMessage(in: source.path, arena: Arena()) { message in
        if writer == nil { shard += 1; writer = try ShardWriter(folder: spool, shard: shard) }
        IngestRecord(
          id: MessageID(of: message.bytes), source: message.source, received: message.received,
          raw: message.isCompressed || source.embed ? message.bytes : nil
        ).encode(to: &writer!.json)
        try writer!.endRecord()
        summary.input += 1; summary.output += 1
        bytes += message.bytes.count
        if bytes > 32 << 20 { try close() }
      }
    }
    try close()
    return summary
  }
}
