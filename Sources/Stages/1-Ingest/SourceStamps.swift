import Foundation
import Mail
import Spool

/// What the file system said of each mbox when it was last read: size, inode, and the times of its last changes.
///
/// The fingerprints in manifests look at samples of a file, lest every run read all of every mailbox; an edit that keeps
/// the size can slip between them. So a file of the same size whose stamp differs is compared message by message; one
/// whose stamp is the same is known to be untouched. Stamps are no part of the spool (the same mail in another place has
/// others), and losing them costs one such comparison.
struct SourceStamps {
  struct Stamp: Codable, Equatable {
    var size: Int
    var inode: UInt64
    /// Nanoseconds since 1970: of the last change to the bytes, and to bytes or status.
    var modified: Int
    var changed: Int

    init(_ status: stat) {
      size = Int(status.st_size)
      inode = UInt64(status.st_ino)
      modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
      changed = status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
    }
  }

  private var stamps: [String: Stamp] = [:]

  static func path(in workspace: Workspace) -> String { workspace.root + "/stamps.json" }

  /// Those of the last run; none when there are none, or when they can't be read.
  init(_ workspace: Workspace) {
    guard let bytes = try? Files.read(Self.path(in: workspace)) else { return }
    stamps = (try? JSONDecoder().decode([String: Stamp].self, from: Data(bytes))) ?? [:]
  }

  init() {}

  subscript(path: [UInt8]) -> Stamp? {
    get { stamps[LineageFormat.path(path).text] }
    set { stamps[LineageFormat.path(path).text] = newValue }
  }

  /// Keeps those of another that are not known here: of files that are away.
  mutating func keep(_ others: SourceStamps, where isKnown: ([UInt8]) -> Bool) {
    for (path, stamp) in others.stamps where stamps[path] == nil && isKnown(Array(path.utf8)) { stamps[path] = stamp }
  }

  /// Keeps them for the next run.
  func write(_ workspace: Workspace) throws {
    guard !stamps.isEmpty else { return }
    try Files.makeFolder(workspace.root)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    let text = String(decoding: try encoder.encode(stamps), as: UTF8.self) + "\n"
    try Files.writeAtomically(text, to: Self.path(in: workspace))
  }
}
