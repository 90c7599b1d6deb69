import ByteSlices
import CShims

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The folders of a Maildir, and the files that a campaign puts there: one a subscriber, named for both, with the envelope
/// sender in Return-Path.
final class MaildirFiles {
  /// A folder by its descriptor.
  struct Folder {
    let path: String
    let descriptor: Int32
  }

  let path: String
  let tmp: Folder
  let new: Folder
  private let suffix: String
  private let head = ByteBuffer(capacity: 256)
  private let fileName = ByteBuffer(capacity: 64)

  /// Makes what is missing of the folders.
  init(path: String, campaign: UInt32) throws {
    self.path = path
    suffix = "." + String(campaign, radix: 16) + ".campaign"
    var parent = path
    var missing: [String] = []
    while access(parent, F_OK) != 0, parent != "/", !parent.isEmpty {
      missing.append(parent)
      parent = parent.lastIndex(of: "/").map { String(parent[..<$0]) } ?? ""
    }
    for folder in missing.reversed() + ["tmp", "new", "cur"].map({ "\(path)/\($0)" }) {
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
        throw MaildirFiles.failure("can't make the folder \(folder)", path)
      }
    }
    func folder(_ name: String) -> Folder {
      Folder(path: "\(path)/\(name)", descriptor: open("\(path)/\(name)", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    }
    tmp = folder("tmp")
    new = folder("new")
    guard tmp.descriptor >= 0, new.descriptor >= 0 else { throw MaildirFiles.failure("can't open the Maildir", path) }
  }

  deinit {
    for folder in [tmp, new] where folder.descriptor >= 0 { close(folder.descriptor) }
  }

  /// Writes a message's file, over what a batch that died has left there.
  func write(_ message: Outgoing, into folder: Folder) throws {
    let name = name(message.subscriber)
    let file = openat(folder.descriptor, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("can't write into \(folder.path)") }
    defer { close(file) }
    head.removeAll()
    head.append("Return-Path: <")
    head.append(message.sender)
    head.append(">\n")
    head.append(message.message)
    var rest = head.slice
    while !rest.isEmpty {
      let written = systemWrite(file, rest)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("can't write into \(folder.path)") }
      rest = rest.dropFirst(written)
    }
  }

  /// Has files reach the disk.
  func sync(_ subscribers: [Int], in folder: Folder) throws {
    // One sync of the file system costs less than one for each of many files.
    if subscribers.count > 8, rm_sync_file_system(folder.descriptor) == 0 { return }
    for subscriber in subscribers {
      let file = openat(folder.descriptor, name(subscriber), O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { throw failure("can't open a file in \(folder.path)") }
      defer { close(file) }
      guard fsync(file) == 0 else { throw failure("can't sync a file in \(folder.path)") }
    }
    try sync(folder)
  }

  /// Has the names in a folder reach the disk.
  func sync(_ folder: Folder) throws {
    guard fsync(folder.descriptor) == 0 else { throw failure("can't sync \(folder.path)") }
  }

  /// Moves files of subscribers, each at once.
  /// - Parameter mayBeGone: whether some may have been moved before.
  func move(_ subscribers: [Int], from folder: Folder, to other: Folder, mayBeGone: Bool) throws {
    for subscriber in subscribers {
      let name = name(subscriber)
      let moved = renameat(folder.descriptor, name, other.descriptor, name)
      guard moved == 0 || mayBeGone && errno == ENOENT else {
        throw failure("can't move a file from \(folder.path) to \(other.path)")
      }
    }
    try sync(other)
  }

  /// Removes the files of a folder that belong to none of these subscribers.
  func keepOnly(_ subscribers: [Int], in folder: Folder) throws {
    guard let listing = opendir(folder.path) else { throw failure("can't list \(folder.path)") }
    defer { closedir(listing) }
    let kept = Set(subscribers.map { String(cString: name($0)) })
    while let entry = readdir(listing) {
      let found = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if found.hasPrefix(".") || kept.contains(found) { continue }
      guard unlinkat(folder.descriptor, found, 0) == 0 else { throw failure("can't remove \(folder.path)/\(found)") }
    }
  }

  /// The name of a subscriber's file, ended by a zero byte; valid until the next call.
  private func name(_ subscriber: Int) -> UnsafePointer<CChar> {
    fileName.removeAll()
    for shift in stride(from: 60, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: subscriber >> shift) & 15
      fileName.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
    fileName.append(suffix)
    fileName.append(0)
    return UnsafeRawPointer(fileName.slice.base).assumingMemoryBound(to: CChar.self)
  }

  private func failure(_ what: String) -> ComposeError { MaildirFiles.failure(what, path) }

  static func failure(_ what: String, _ path: String) -> ComposeError {
    .output(place: path, problem: "\(what): \(String(cString: strerror(errno)))")
  }
}

/// write(2), under a name that the method above doesn't hide.
private func systemWrite(_ file: Int32, _ bytes: ByteSlice) -> Int { write(file, bytes.base, bytes.count) }
