import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Something that could not be read, or was passed over, and why.
public struct ArchiveProblem: Sendable, CustomStringConvertible {
  /// The file or folder, with U+FFFD for what is not UTF-8.
  public var path: String
  public var reason: String
  /// True when mail may have been missed; false for a remark.
  public var isFailure: Bool

  public init(path: some Sequence<UInt8>, reason: String, isFailure: Bool = true) {
    self.path = String(decoding: Array(path), as: UTF8.self)
    self.reason = reason
    self.isFailure = isFailure
  }

  public init(_ error: ArchiveError) {
    path = error.path
    reason = error.detail
    isFailure = true
  }

  public var description: String { "\(path): \(reason)" }
}

/// Goes through a folder of archives, in byte order of names, sub-folders included.
///
/// Folders that are reached twice, through symbolic links, are entered once. Dot-files and what Dovecot, Courier and
/// Thunderbird keep beside the mail are passed over; so are dot-folders, unless they belong to a Maildir or are one.
public struct ArchiveWalk {
  /// What the walk comes upon.
  public enum Item {
    /// A folder with `cur` and `new`.
    case maildir([UInt8])
    /// A file that may be anything: its first bytes will tell.
    case file([UInt8])
  }

  private struct FolderID: Hashable {
    var device: dev_t
    var inode: ino_t
  }

  private var entered: Set<FolderID> = []
  private let visit: (Item) throws -> Void
  private let report: (ArchiveProblem) -> Void

  /// Walks `root`, which may be a file, too. What can't be listed goes to `report`, and the walk goes on; what `visit`
  /// throws ends it.
  public static func walk(
    _ root: [UInt8], report: (ArchiveProblem) -> Void, visit: (Item) throws -> Void
  ) throws {
    switch FolderListing.type(of: root) {
    case .folder:
      try withoutActuallyEscaping(report) { report in
        try withoutActuallyEscaping(visit) { visit in
          var walk = ArchiveWalk(visit: visit, report: report)
          try walk.folder(root, depth: 0)
        }
      }
    case .file, .other:
      var status = stat()
      guard root.withCPath({ stat($0, &status) }) == 0 else { throw ArchiveError.system("find", root) }
      try visit(.file(root))
    }
  }

  private init(visit: @escaping (Item) throws -> Void, report: @escaping (ArchiveProblem) -> Void) {
    self.visit = visit
    self.report = report
  }

  /// True for a folder that holds a Maildir's own: `cur`, and `new` or `tmp`; or the latter two, when all is unread.
  public static func isMaildir(_ folder: [UInt8]) -> Bool {
    func has(_ name: StaticString) -> Bool { FolderListing.type(of: folder.appending(ByteSlice(name))) == .folder }
    let new = has("new")
    return has("cur") ? new || has("tmp") : new && has("tmp")
  }

  private mutating func folder(_ path: [UInt8], depth: Int) throws {
    var status = stat()
    guard path.withCPath({ stat($0, &status) }) == 0 else { return report(ArchiveProblem(.system("list", path))) }
    guard entered.insert(FolderID(device: status.st_dev, inode: status.st_ino)).inserted else { return }
    guard depth < 200 else {
      return report(ArchiveProblem(path: path, reason: "folders are nested more than 200 deep; it was passed over"))
    }
    let isMaildir = Self.isMaildir(path)
    var entries: [(name: [UInt8], isFolder: Bool)] = []
    do {
      try FolderListing.forEachEntry(in: path) { name, type in
        guard type != .other else { return }
        let isFolder = type == .folder
        if isMaildir, isFolder, name == "cur" || name == "new" || name == "tmp" { return }
        if !isFolder, !MaildirName.mayBeMail(name) || Self.isSidecar(name) { return }
        entries.append((Array(name), isFolder))
      }
    } catch let error as ArchiveError {
      return report(ArchiveProblem(error))
    }
    if isMaildir { try visit(.maildir(path)) }
    entries.sort { $0.name.lexicographicallyPrecedes($1.name) }
    for entry in entries {
      let inside = path.appending(entry.name)
      if !entry.isFolder {
        try visit(.file(inside))
      } else if entry.name.first != 0x2E || isMaildir || Self.isMaildir(inside) {
        try folder(inside, depth: depth + 1)
      }
    }
  }

  /// Locks and Thunderbird's indexes.
  private static func isSidecar(_ name: ByteSlice) -> Bool {
    name.hasSuffix(".lock") || name.hasSuffix(".msf") || name.hasSuffix(".sbd")
  }
}
