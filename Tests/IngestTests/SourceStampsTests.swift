import Foundation
import Spool
import Testing

@testable import Ingest

@Suite struct SourceStampsTests {
  private func stamp(size: Int = 10, changed: Int = 1_700_000_000_000_000_000, isSettled: Bool = true)
    -> SourceStamps.Stamp
  {
    var stamp = SourceStamps.Stamp()
    stamp.size = size
    stamp.inode = 7
    stamp.modified = changed
    stamp.changed = changed
    stamp.isSettled = isSettled
    return stamp
  }

  @Test func onlyASettledStampProvesThatNobodyTouchedAFile() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("stamps-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: root) }
    let workspace = Workspace(root: root)
    let (settled, fresh) = (Array("/mail/a \"quoted\".mbox".utf8), Array("/mail/b.mbox".utf8))
    var stamps = SourceStamps()
    stamps[settled] = stamp()
    stamps[fresh] = stamp(isSettled: false)
    try stamps.write(workspace, unless: SourceStamps())

    let read = SourceStamps(workspace)
    #expect(read.provesUntouched(settled, stamp()))
    #expect(!read.provesUntouched(settled, stamp(changed: 1_700_000_000_000_000_001)))
    #expect(!read.provesUntouched(settled, stamp(size: 11)))
    #expect(!read.provesUntouched(fresh, stamp()), "a change within a tick of the clock would not show")
    #expect(!read.mayBeTouched(fresh, stamp()))
    #expect(read.mayBeTouched(fresh, stamp(size: 11)))
    #expect(read.mayBeTouched(Array("/mail/unknown.mbox".utf8), stamp()))
  }

  @Test func stampsThatCanNotBeReadAreNone() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("stamps-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: root) }
    let workspace = Workspace(root: root)
    var stamps = SourceStamps()
    stamps[Array("/mail/a.mbox".utf8)] = stamp()
    try stamps.write(workspace, unless: SourceStamps())
    try Data("{\"path\":\"/mail/a.mbox\",\"size\":1".utf8).write(to: URL(fileURLWithPath: root + "/stamps.ndjson"))
    #expect(SourceStamps(workspace).mayBeTouched(Array("/mail/a.mbox".utf8), stamp()))
  }
}
