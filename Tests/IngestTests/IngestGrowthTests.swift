import Foundation
import Spool
import Testing

@testable import Ingest

/// What the second run does after a source has changed.
@Suite struct IngestGrowthTests {
  private let mill = Mill()

  private func state(_ name: String) throws -> IngestPlan.State? {
    try mill.stage().plan().entries.first { $0.path == mill.path(name) }?.state
  }

  private func shardBytes() throws -> [String: Data] { try mill.contents().filter { $0.key.hasPrefix("spool/") } }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func grownMbox(_ lineEnd: String) throws {
    func text(_ count: Int) -> String {
      mbox(numbered(0..<count)).replacingOccurrences(of: "\n", with: lineEnd)
    }
    try mill.write("box", text(60))
    try mill.run()
    let before = try shardBytes()
    try mill.write("box", text(70))
    #expect(try state("box") == .grown)
    let summary = try mill.run()
    #expect(summary.messages == 10)
    #expect(summary.rewrittenShards == [])
    let after = try shardBytes()
    #expect(before.allSatisfy { after[$0.key] == $0.value })
    #expect(try mill.subjects() == names(0..<70))
    #expect(try state("box") == .unchanged)
  }

  /// Too small an edit for a fingerprint that looks at samples, in a range that is larger than these.
  @Test func anEditOfTheSameSizeIsSeen() throws {
    mill.options.shardBytes = 1 << 20
    let text = mbox(numbered(0..<400))
    let edited = text.replacingOccurrences(of: "Subject: n211\n", with: "Subject: N211\n")
    try mill.write("box", text)
    try mill.run()
    #expect(try state("box") == .unchanged)
    try mill.write("box", edited)
    #expect(try state("box") == .changed)
    #expect(try mill.run().messages == 400)
    #expect(try mill.subjects().contains("N211"))
    #expect(try state("box") == .unchanged)
    // Touched, and no more.
    try mill.write("box", edited)
    #expect(try state("box") == .unchanged)
    #expect(try mill.run().messages == 0)
  }

  @Test func blankLinesAreNoGrowth() throws {
    let text = mbox(numbered(0..<3))
    try mill.write("box", String(text.dropLast()))
    try mill.run()
    try mill.write("box", text)
    #expect(try state("box") == .unchanged)
    try mill.write("box", mbox(numbered(0..<4)))
    #expect(try mill.run().messages == 1)
    #expect(try mill.subjects() == names(0..<4))
  }

  /// The last message was still being written: at every byte where the first run may have come.
  @Test func cutInTheLastMessage() throws {
    let first = mbox(numbered(0..<42))
    let whole = mbox(numbered(0..<43))
    mill.options.shardBytes = 16_000
    for cut in stride(from: first.utf8.count, to: whole.utf8.count, by: 47) {
      try mill.write("box", Array(whole.utf8.prefix(cut)))
      mill.options.force = true
      try mill.run()
      mill.options.force = false
      try mill.write("box", whole)
      let summary = try mill.run()
      #expect(summary.rewrittenShards.count <= 1)
      #expect(Set(try mill.subjects()) == Set(names(0..<43)), "cut at \(cut)")
      #expect(try mill.subjects().count == 43, "cut at \(cut)")
      #expect(try state("box") == .unchanged)
    }
  }

  @Test func changedPrefix() throws {
    try mill.write("a", mbox(numbered(0..<50, "a")))
    try mill.write("b", mbox(numbered(0..<50, "b")))
    try mill.write("c", mbox(numbered(0..<50, "c")))
    try mill.run()
    for text in [
      mbox([message("x", 3)] + numbered(1..<50, "b")),  // longer or shorter at the start
      mbox(numbered(0..<20, "b")),  // cut off
      mbox(numbered(0..<50, "B")),  // the same length, other bytes
      mbox(numbered(5..<50, "b") + numbered(0..<30, "y")),  // expunged, and grown
    ] {
      try mill.write("b", text)
      #expect(try state("b") == .changed)
      #expect(try state("a") == .unchanged)
      let shards = try mill.spool.shards().count
      let summary = try mill.run()
      #expect(summary.messages == text.components(separatedBy: "From MAILER-DAEMON Mon").count - 1)
      #expect(!summary.rewrittenShards.isEmpty)
      #expect(try mill.spool.shards().count > shards)
      #expect(try mill.subjects().filter { !$0.hasPrefix("a") && !$0.hasPrefix("c") }.count == summary.messages)
      #expect(try mill.subjects().filter { $0.hasPrefix("a") || $0.hasPrefix("c") }.count == 100)
      #expect(try mill.stage().plan().isFresh)
    }
  }

  /// A kill between any two steps of replacing a source's shards.
  @Test func killedWhileReplacing() throws {
    try mill.write("a", mbox(numbered(0..<30, "a")))
    try mill.write("b", mbox(numbered(0..<90, "b")))
    try mill.run()
    let start = try mill.contents()
    try mill.write("b", mbox(numbered(1..<90, "b")))
    let check = try SourceCheck([IngestSource(path: mill.root + "/in")], mill.spool, mill.options)
    let cuts = check.cuts
    #expect(cuts.count > 2)
    try mill.run()
    let undisturbed = try mill.contents()
    for done in 0...cuts.count {
      try restore(start)
      try ShardReplacement(mill.workspace).apply(Array(cuts.prefix(done)))
      try mill.run()
      #expect(try mill.contents() == undisturbed, "after \(done) cuts")
    }
    // Committed in the staging folder, but not moved, or only in part.
    for moved in [0, 1] {
      try restore(start)
      let staging = Workspace(root: mill.workspace.root + "/replace").spool(.ingest)
      let scratch = Workspace(root: mill.root + "/scratch")
      try FileManager.default.copyItem(atPath: mill.workspace.root, toPath: scratch.root)
      try ShardReplacement(scratch).apply([cuts[0]])
      try Files.makeFolder(staging.path)
      let shard = cuts[0].shard
      try FileManager.default.copyItem(
        atPath: scratch.spool(.ingest).manifestPath(shard), toPath: staging.manifestPath(shard))
      let data = moved == 1 ? mill.spool.dataPath(shard) : staging.dataPath(shard)
      if moved == 1 { try FileManager.default.removeItem(atPath: data) }
      try FileManager.default.copyItem(atPath: scratch.spool(.ingest).dataPath(shard), toPath: data)
      try mill.run()
      #expect(try mill.contents() == undisturbed, "moved \(moved)")
      try FileManager.default.removeItem(atPath: scratch.root)
    }
  }

  private func restore(_ files: [String: Data]) throws {
    try FileManager.default.removeItem(atPath: mill.workspace.root)
    for (name, data) in files {
      let path = mill.workspace.root + "/" + name
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try data.write(to: URL(fileURLWithPath: path))
    }
  }

  @Test func maildir() throws {
    for i in 10..<60 { try mill.write("md/new/\(i).h", message("m\(i)")) }
    try FileManager.default.createDirectory(atPath: mill.path("md/cur"), withIntermediateDirectories: true)
    try mill.run()
    let before = try shardBytes()
    // Read, flagged, removed: no change.
    for i in 10..<30 {
      try FileManager.default.moveItem(atPath: mill.path("md/new/\(i).h"), toPath: mill.path("md/cur/\(i).h:2,S"))
    }
    try mill.remove("md/new/59.h")
    #expect(try state("md") == .unchanged)
    #expect(try mill.run().messages == 0)
    // Two more, one of which sorts before the others.
    try mill.write("md/new/05.h", message("m05"))
    try mill.write("md/cur/70.h:2,F", message("m70"))
    #expect(try state("md") == .grown)
    let summary = try mill.run()
    #expect(summary.messages == 2)
    let after = try shardBytes()
    #expect(before.allSatisfy { after[$0.key] == $0.value })
    try mill.write("md/new/59.h", message("m59"))
    #expect(try mill.subjects() == names(10..<60, "m") + ["m05", "m70"])
  }

  @Test func singleFiles() throws {
    for i in 10..<40 { try mill.write("mail/\(i).eml", message("s\(i)")) }
    try mill.run()
    try mill.write("mail/40.eml", message("s40"))
    try mill.write("mail/20.eml", message("S20"))
    #expect(try state("mail/20.eml") == .changed)
    let summary = try mill.run()
    #expect(summary.messages == 2)
    #expect(summary.rewrittenShards.count == 1)
    #expect(try mill.subjects() == names(10..<20, "s") + names(21..<40, "s") + ["S20", "s40"])
    #expect(try mill.stage().plan().isFresh)
  }

  @Test func removedSourcesStay() throws {
    try mill.write("a", mbox(numbered(0..<5, "a")))
    try mill.write("b", mbox(numbered(0..<5, "b")))
    try mill.write("c", mbox(numbered(0..<5, "c")))
    try mill.run()
    let before = try mill.contents()
    try mill.remove("a")
    try mill.write("b", "")
    #expect(try state("a") == .removed)
    #expect(try state("b") == .removed)
    #expect(try mill.run().messages == 0)
    #expect(try mill.contents() == before)
    // Another source's change does not lose what can't be read again.
    try mill.write("c", mbox(numbered(1..<5, "c")))
    try mill.run()
    var lines = 0
    for shard in try mill.spool.shards() { try ShardReader().forEachLine(mill.spool, shard) { _ in lines += 1 } }
    #expect(lines == 14)
  }

  @Test func embeddedMailboxIsEmptiedAndFilledAgain() throws {
    try mill.write("box", mbox(numbered(0..<60)))
    try mill.run(embed: true)
    try mill.write("box", "")
    #expect(try mill.run(embed: true).messages == 0)
    try mill.write("box", mbox(numbered(60..<90)))
    #expect(try mill.run(embed: true).messages == 30)
    try mill.write("box", mbox(numbered(60..<95)))
    #expect(try mill.run(embed: true).messages == 5)
    try mill.remove("box")
    #expect(try mill.subjects() == names(0..<95))
  }

  @Test func compressedFileReplaced() throws {
    try mill.write("a.gz", gzipped(mbox(numbered(0..<80))))
    try mill.write("b.gz", gzipped(message("single")))
    try mill.run()
    #expect(try state("a.gz") == .unchanged)
    #expect(try state("b.gz") == .unchanged)
    try mill.write("a.gz", gzipped(mbox(numbered(0..<90))))
    #expect(try state("a.gz") == .changed)
    #expect(try mill.run().messages == 90)
    #expect(try mill.subjects().sorted() == (names(0..<90) + ["single"]).sorted())
    #expect(try mill.stage().plan().isFresh)
  }

  @Test func quarantineIsRememberedAndMended() throws {
    let huge = message("huge", 300_000)
    try mill.write("a.mbox", mbox([message("one"), huge, message("two")]))
    try mill.write("b.eml", huge)
    let packed = gzipped(mbox(numbered(0..<50)))
    try mill.write("c.gz", Array(packed.dropLast(12)))
    let single = gzipped(message("d"))
    try mill.write("d.gz", Array(single.dropLast(12)))
    try mill.write("e/cur/1:2,", huge)
    try mill.write("e/new/2", message("e2"))
    let summary = try mill.run()
    #expect(summary.quarantined == 5)
    #expect(try mill.quarantine().count == 5)
    #expect(try mill.subjects() == ["one", "two"] + names(0..<49) + ["e2"])
    let before = try mill.contents()
    #expect(try mill.run().messages == 0)
    #expect(try mill.contents() == before)
    try mill.write("c.gz", packed)
    try mill.write("d.gz", single)
    #expect(try mill.run().messages == 51)
    #expect(try mill.quarantine().count == 3)
    #expect(try mill.subjects() == ["one", "two", "e2"] + names(0..<50) + ["d"])
    #expect(try mill.stage().plan().isFresh)
  }
}
