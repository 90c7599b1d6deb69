import ByteSlices
import DatabaseSupport
import Foundation
import GRDB
import Store
import Testing

@testable import Load

@Suite struct LoadFailureTests {
  private struct Died: Error {}
  private let mails = (0..<40).map { index in
    Mail(name: "m\(index % 30)", verdicts: [.init(recipient: "r\(index % 7)@example.com")])
  }

  @Test func aShardThatFailsLeavesNothing() throws {
    let bench = try Workbench()
    try bench.load(0, [Mail(name: "first")])
    let before = try bench.dump()
    for (shard, key) in [(1, "new"), (0, "replacement")] {
      #expect(throws: Died.self) {
        try bench.stage.load(shard: shard, key: key) { line in
          for mail in mails.prefix(20) { try mail.line.withByteSlice(line) }
          throw Died()
        }
      }
      #expect(try bench.dump() == before)
    }
  }

  @Test func shardsLoadedTogetherFailTogether() throws {
    let bench = try Workbench()
    try bench.load(0, [Mail(name: "first")])
    let before = try bench.dump()
    #expect(throws: Died.self) {
      try bench.stage.together {
        try bench.load(1, mails)
        try bench.load(0, mails)
        throw Died()
      }
    }
    #expect(try bench.dump() == before)

    try bench.stage.together {
      #expect(try bench.load(0, [Mail(name: "first")]).alreadyLoaded)
      try bench.load(1, mails)
      try bench.load(2, mails)
    }
    let apart = try Workbench()
    try apart.load(0, [Mail(name: "first")])
    try apart.load(1, mails)
    try apart.load(2, mails)
    #expect(try bench.dump() == apart.dump())
  }

  @Test func namesTheLineThatIsNoRecord() throws {
    let bench = try Workbench()
    let error = #expect(throws: LoadError.self) {
      try bench.stage.load(shard: 4, key: "k") { line in
        try mails[0].line.withByteSlice(line)
        try #"{"id":"00"}"#.withByteSlice(line)
      }
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("classify shard 4, line 2"))
    #expect(text.contains("64 hexadecimal digits"))
    #expect(text.contains("returnmill classify --force"))
    #expect(throws: LoadError.self) { try bench.stage.load(shard: -1, key: "k") { _ in } }
    #expect(throws: LoadError.self) { try bench.stage.load(shard: Schema.maxShard, key: "k") { _ in } }
  }

  /// What a killed process leaves is what lies on disk at that instant: the files are copied in the midst of a load.
  @Test(arguments: [0, 1, 17, 39]) func aProcessThatDiesCanStartAgain(at line: Int) throws {
    let undisturbed = try Workbench()
    try undisturbed.load(0, [Mail(name: "m1"), Mail(name: "late")])
    try undisturbed.load(0, mails)
    try undisturbed.load(1, mails.reversed())

    let bench = try Workbench()
    try bench.load(0, [Mail(name: "m1"), Mail(name: "late")])
    let copy = bench.folder + "/copy"
    try bench.stage.load(shard: 0, key: Workbench.key(mails)) { load in
      for (index, mail) in mails.enumerated() {
        if index == line {
          try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
          for name in try FileManager.default.contentsOfDirectory(atPath: bench.folder)
          where ["db", "db-wal", "db-journal"].contains(name) {
            try FileManager.default.copyItem(atPath: bench.folder + "/" + name, toPath: copy + "/" + name)
          }
        }
        try mail.line.withByteSlice(load)
      }
    }
    let stage = try LoadStage(databasePath: copy + "/db")
    try stage.load(shard: 0, key: Workbench.key(mails)) { load in
      for mail in mails { try mail.line.withByteSlice(load) }
    }
    try stage.load(shard: 1, key: Workbench.key(mails.reversed())) { load in
      for mail in mails.reversed() { try mail.line.withByteSlice(load) }
    }
    #expect(try Workbench.dump(stage.database) == undisturbed.dump())
    #expect(
      try stage.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM changes") }
        == undisturbed.count("changes"))
  }
}
