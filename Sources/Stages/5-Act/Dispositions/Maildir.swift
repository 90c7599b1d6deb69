import ByteSlices
import CShims
import Records

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A Maildir that messages are delivered into, each at most once.
///
/// A file's name comes from the message's id, so a repeat finds it in `new`, or in `cur` with any flags. Files are
/// written in `tmp` and synced before they are renamed into `new`, a batch at a time: the disk then syncs them together.
final class Maildir {
  let path: String
  private var delivered: Set<MessageID>?
  private var staged: [String] = []
  /// `tmp` and `new`, by which files are named: a path of one step is found sooner. -1 before they are there.
  private var folders: (tmp: Int32, new: Int32) = (-1, -1)

  init(path: String) { self.path = path }

  deinit {
    if folders.tmp >= 0 { close(folders.tmp) }
    if folders.new >= 0 { close(folders.new) }
  }

  /// The name of a message's file in `new`.
  static func name(_ id: MessageID) -> String { id.hex + suffix }
  private static let suffix = ".returnmill"

  /// The file of a message, in the folder where it is delivered.
  func place(_ id: MessageID) -> String { "\(path)/new/\(Maildir.name(id))" }

  /// Whether the message lies in `new` or `cur`.
  func contains(_ id: MessageID) throws -> Bool {
    if delivered == nil { delivered = try list() }
    return delivered?.contains(id) ?? false
  }

  /// Writes a message into `tmp`; returns its name.
  @discardableResult func stage(_ id: MessageID, _ head: ByteSlice, _ body: ByteSlice = .empty) throws -> String {
    if delivered == nil { delivered = try list() }
    let name = Maildir.name(id)
    let file = openat(folders.tmp, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("can't write into tmp") }
    staged.append(name)
    defer { close(file) }
    try write(head, body, file)
    delivered?.insert(id)
    return name
  }

  /// Delivers what was staged: when this returns it is in `new`, power cut or not.
  func commit() throws {
    if staged.isEmpty { return }
    try syncStaged()
    let batch = staged
    staged.removeAll()
    for name in batch {
      guard renameat(folders.tmp, name, folders.new, name) == 0 else {
        throw failure("can't move a file from tmp to new")
      }
    }
    guard fsync(folders.new) == 0 else { throw failure("can't sync new") }
  }

  /// One sync of the file system costs less than one for each of many files, each of which commits the journal.
  private func syncStaged() throws {
    if staged.count > 8, rm_sync_file_system(folders.tmp) == 0 { return }
    for name in staged {
      let file = openat(folders.tmp, name, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { throw failure("can't open a file in tmp") }
      defer { close(file) }
      guard fsync(file) == 0 else { throw failure("can't sync a file in tmp") }
    }
  }

  /// Messages that are staged and not yet delivered.
  var pending: Int { staged.count }

  /// Makes the folders where they are missing, and looks what is there. `new` goes first: a mail program that moves a
  /// file to `cur` meanwhile can't hide it.
  private func list() throws -> Set<MessageID> {
    try makeFolders()
    folders.tmp = try openFolder("\(path)/tmp")
    folders.new = try openFolder("\(path)/new")
    var found: Set<MessageID> = []
    for folder in ["new", "cur"] {
      guard let directory = opendir("\(path)/\(folder)") else { throw failure("can't read \(folder)") }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: UInt8.self, capacity: 256) { ByteSlice(base: $0, count: strnlen($0, 256)) }
        }
        if name.dropFirst(64).hasPrefix(".returnmill"), let id = MessageID(hex: name.prefix(64)) { found.insert(id) }
      }
    }
    return found
  }

  private func makeFolders() throws {
    var parent = path
    var missing: [String] = []
    while access(parent, F_OK) != 0, parent != "/", !parent.isEmpty {
      missing.append(parent)
      parent = parent.lastIndex(of: "/").map { String(parent[..<$0]) } ?? ""
    }
    for folder in missing.reversed() + ["tmp", "new", "cur"].map({ "\(path)/\($0)" }) {
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure("can't make the folder \(folder)") }
    }
    try sync(path)
  }

  /// In one go, but for what the file system leaves over.
  private func write(_ head: ByteSlice, _ body: ByteSlice, _ file: Int32) throws {
    var (head, body) = (head, body)
    while !head.isEmpty || !body.isEmpty {
      let parts = [
        iovec(iov_base: UnsafeMutableRawPointer(mutating: head.base), iov_len: head.count),
        iovec(iov_base: UnsafeMutableRawPointer(mutating: body.base), iov_len: body.count),
      ]
      let written = writev(file, parts, 2)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("can't write into tmp") }
      body = body.dropFirst(max(written - head.count, 0))
      head = head.dropFirst(written)
    }
  }

  private func openFolder(_ folder: String) throws -> Int32 {
    let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw failure("can't open \(folder)") }
    return file
  }

  private func sync(_ folder: String) throws {
    let file = try openFolder(folder)
    defer { close(file) }
    guard fsync(file) == 0 else { throw failure("can't sync \(folder)") }
  }

  private func failure(_ what: String) -> ActError {
    .maildir(path: path, problem: "\(what): \(String(cString: strerror(errno)))")
  }
}
