import ByteSlices
import Foundation
import Mail
import NDJSON
import Spool

/// What the file system said of each mbox when it was last read: size, inode, and the times of its last changes.
///
/// The fingerprints in manifests look at samples of a file, lest every run read all of every mailbox; an edit that keeps
/// the size can slip between them. So a file of the same size whose stamp differs is compared message by message; one
/// whose stamp is the same is known to be untouched. Stamps are no part of the spool (the same mail in another place has
/// others), and losing them costs one such comparison.
struct SourceStamps {
  struct Stamp {
    var size = 0
    var inode = 0
    /// Nanoseconds since 1970: of the last change to the bytes, and to bytes or status.
    var modified = 0
    var changed = 0
    /// Whether the last change was old enough when it was looked at: one that follows within a tick of the file
    /// system's clock may leave the times as they are.
    var isSettled = false

    init() {}

    init(_ status: stat) {
      size = Int(status.st_size)
      inode = Int(truncatingIfNeeded: status.st_ino)
      modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
      changed = status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
      isSettled = Double(changed) / 1e9 < Date().timeIntervalSince1970 - 2
    }

    /// Whether the file is as it was, as far as the stamps can tell.
    func isSame(as other: Stamp) -> Bool {
      size == other.size && inode == other.inode && modified == other.modified && changed == other.changed
    }
  }

  private var stamps: [String: Stamp] = [:]

  static func path(in workspace: Workspace) -> String { workspace.root + "/stamps.ndjson" }

  /// Those of the last run; none when there are none, or when they can't be read.
  init(_ workspace: Workspace) {
    guard let bytes = try? Files.read(Self.path(in: workspace)) else { return }
    bytes.withByteSlice { text in
      let arena = Arena()
      for line in text.lines {
        arena.reset()
        guard let (path, stamp) = try? Self.decode(line, arena) else { return stamps.removeAll() }
        stamps[path] = stamp
      }
    }
  }

  init() {}

  private static func decode(_ line: ByteSlice, _ arena: Arena) throws -> (String, Stamp) {
    var json = JSONReader(line, arena)
    var path = ""
    var stamp = Stamp()
    try json.object { key, json in
      switch key {
      case _ where key == "path": path = String(try json.string())
      case _ where key == "size": stamp.size = try json.int()
      case _ where key == "inode": stamp.inode = try json.int()
      case _ where key == "modified": stamp.modified = try json.int()
      case _ where key == "changed": stamp.changed = try json.int()
      case _ where key == "settled": stamp.isSettled = try json.bool()
      default: try json.skip()
      }
    }
    return (path, stamp)
  }

  subscript(path: [UInt8]) -> Stamp? {
    get { stamps[LineageFormat.path(path).text] }
    set { stamps[LineageFormat.path(path).text] = newValue }
  }

  /// Whether a file is known not to have been touched since it was last read.
  func provesUntouched(_ path: [UInt8], _ now: Stamp) -> Bool {
    self[path].map { $0.isSettled && $0.isSame(as: now) } ?? false
  }

  /// Whether something has touched a file since it was last read, or nobody knows.
  func mayBeTouched(_ path: [UInt8], _ now: Stamp) -> Bool { self[path].map { !$0.isSame(as: now) } ?? true }

  /// Keeps those of another that are not known here: of files that are away.
  mutating func keep(_ others: SourceStamps, where isKnown: ([UInt8]) -> Bool) {
    for (path, stamp) in others.stamps where stamps[path] == nil && isKnown(Array(path.utf8)) { stamps[path] = stamp }
  }

  /// Keeps them for the next run, if they differ from what it would find.
  func write(_ workspace: Workspace, unless former: SourceStamps) throws {
    let isSame =
      stamps.count == former.stamps.count
      && stamps.allSatisfy { path, stamp in
        former.stamps[path].map { $0.isSame(as: stamp) && $0.isSettled == stamp.isSettled } ?? false
      }
    if stamps.isEmpty || isSame { return }
    try Files.makeFolder(workspace.root)
    let text = ByteBuffer(capacity: 64 << 10)
    var json = JSONWriter(text)
    for (path, stamp) in stamps.sorted(by: { $0.key < $1.key }) {
      json.beginObject()
      json.field("path", path)
      json.field("size", stamp.size)
      json.field("inode", stamp.inode)
      json.field("modified", stamp.modified)
      json.field("changed", stamp.changed)
      json.flag("settled", stamp.isSettled)
      json.endObject()
      json.endLine()
    }
    try Files.writeAtomically(text.slice, to: Self.path(in: workspace))
  }
}
