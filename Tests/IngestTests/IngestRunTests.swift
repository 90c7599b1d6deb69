import Foundation
import Spool
import Testing

@testable import Ingest

/// One run over every format, its determinism, and what a kill leaves.
@Suite struct IngestRunTests {
  private let mill = Mill()

  private func fillSources() throws {
    try mill.write("a.mbox", mbox(numbered(0..<120, "a")))
    try mill.write("b/1.eml", message("b1").replacingOccurrences(of: "\n", with: "\r\n"))
    try mill.write("b/2.eml", message("b2"))
    try mill.write("b/3.eml.gz", gzipped(message("b3")))
    for i in 100..<180 { try mill.write("c/\(i % 3 == 0 ? "new/\(i).h" : "cur/\(i).h:2,S")", message("c\(i)")) }
    for i in 100..<110 { try mill.write("c/.Old/cur/\(i).h:2,", message("d\(i)")) }
    try mill.write("e.mbox.gz", gzipped(mbox(numbered(0..<150, "e"))))
    try mill.write("f.mbox", mbox(numbered(0..<3, "f")))
    try mill.write("notes.txt", "nothing\n")
  }

  private var expected: [String] {
    names(0..<120, "a") + ["b1", "b2", "b3"] + names(100..<180, "c") + names(100..<110, "d") + names(0..<150, "e")
      + names(0..<3, "f")
  }

  @Test func everyFormatOnce() throws {
    try fillSources()
    #expect(try mill.stage().plan().entries.map(\.state).allSatisfy { $0 == .new })
    let summary = try mill.run()
    #expect(summary.messages == expected.count)
    #expect(summary.quarantined == 0)
    #expect(summary.shards.count > 8)
    #expect(summary.problems.map(\.path) == [mill.path("notes.txt")])
    #expect(try mill.subjects() == expected)

    let before = try mill.contents()
    let again = try mill.run()
    #expect(again.messages == 0 && again.plan.isFresh)
    #expect(try mill.contents() == before)
    #expect(try mill.stage().plan().isFresh)
  }

  @Test func workersDoNotShow() throws {
    try fillSources()
    var results: [[String: Data]] = []
    for workers in [1, 2, 4] {
      let workspace = Workspace(root: mill.root + "/w\(workers)")
      _ = try mill.stage(workspace: workspace).run(workers: workers)
      results.append(try mill.contents(workspace))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  /// Shards are committed in order: a kill leaves the first ones, temporary files, and data without a manifest.
  @Test func killedAnywhereAndRunAgain() throws {
    try fillSources()
    try mill.run()
    let undisturbed = try mill.contents()
    let shards = try mill.spool.shards()
    for left in 0..<shards.count {
      for shard in shards.dropFirst(left).reversed() { try Files.remove(mill.spool.manifestPath(shard)) }
      try Data("half".utf8).write(to: URL(fileURLWithPath: mill.spool.dataPath(shards.count - 1) + ".tmp"))
      try mill.run(workers: 1 + left % 3)
      #expect(try mill.contents() == undisturbed, "killed after \(left) shards")
    }
  }

  @Test func forceStartsAfresh() throws {
    try fillSources()
    try mill.run()
    let first = try mill.contents()
    try mill.write("a.mbox", mbox(numbered(0..<125, "a")))
    try mill.run()
    try mill.write("a.mbox", mbox(numbered(0..<120, "a")))
    mill.options.force = true
    #expect(try !mill.stage().plan().isFresh)
    try mill.run()
    #expect(try mill.contents() == first)
    // Killed while the shards were being removed.
    mill.options.force = false
    try Files.remove(mill.spool.manifestPath(0))
    try Files.writeAtomically("", to: mill.workspace.root + "/afresh")
    try mill.run()
    #expect(try mill.contents() == first)
  }

  /// A Maildir's names need not be UTF-8, nor the folders above it.
  @Test func namesThatAreNotText() throws {
    func make(_ path: [UInt8], _ text: String) throws {
      let file = fopen(path.map { CChar(bitPattern: $0) } + [0], "w")
      try #require(file != nil)
      fputs(text, file)
      fclose(file)
    }
    let folder = Array(mill.path("").utf8) + [0xFF]
    for box in ["", "/cur", "/new"] { mkdir((folder + Array(box.utf8)).map { CChar(bitPattern: $0) } + [0], 0o755) }
    try make(folder + Array("/new/1.".utf8) + [0xE9], message("new"))
    try make(folder + Array("/cur/2:2,".utf8), message("cur"))
    try make(folder + Array("/box".utf8) + [0xFE], mbox(numbered(0..<50)))
    #expect(try mill.run().messages == 52)
    #expect(try mill.subjects() == ["new", "cur"] + names(0..<50))
    #expect(try mill.stage().plan().isFresh)
    try make(folder + Array("/box".utf8) + [0xFE], mbox(numbered(0..<51)))
    #expect(try mill.run().messages == 1)
  }

  @Test func interruptedBetweenShards() throws {
    try fillSources()
    try mill.run()
    let undisturbed = try mill.contents()
    try FileManager.default.removeItem(atPath: mill.workspace.root)
    let stop = Flag()
    let summary = try mill.stage().run(
      workers: 2, progress: { if $0.shards == 3 { stop.set() } }, isInterrupted: { stop.isSet })
    // Those that were begun are committed, too: a slow worker may keep many waiting.
    #expect(summary.shards.count >= 3)
    try mill.run()
    #expect(try mill.contents() == undisturbed)
  }

  @Test func progressAndProblems() throws {
    try fillSources()
    let missing = IngestStage(
      sources: [IngestSource(path: mill.root + "/none")], workspace: mill.workspace, options: mill.options)
    let summary = try missing.run()
    #expect(summary.messages == 0)
    #expect(summary.problems.count == 1 && summary.problems[0].isFailure)
  }
}

/// A flag that threads share.
private final class Flag: @unchecked Sendable {
  private let lock = NSLock()
  private var value = false

  var isSet: Bool { lock.withLock { value } }
  func set() { lock.withLock { value = true } }
}
