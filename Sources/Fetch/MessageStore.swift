import ByteSlices
import CShims
import Spool

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The Maildir that a mailbox is fetched into. A file's base name tells what it is on the server, so that a message that
/// was stored before the state was written is not stored again.
///
/// Messages are written into `tmp` with LF for CRLF, as they lie in Maildirs, and come into `new` a batch at a time,
/// after the disk has them.
final class MessageStore {
  private let path: String
  private let folder: Int32
  private var staged: [(temporary: String, final: String)] = []
  private var serial = 0
  private var file: Int32 = -1
  private var current = ""
  private var pendingCR = false
  private let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: MessageStore.room)
  private var filled = 0
  private var written = 0
  private static let room = 128 << 10

  /// Messages and bytes in `tmp`.
  var pending: Int { staged.count }
  private(set) var pendingBytes = 0

  init(_ path: String) throws {
    self.path = path
    for name in ["tmp", "new", "cur"] { try Files.makeFolder("\(path)/\(name)") }
    folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw Files.failure("can't be opened", path) }
    // Whoever is here holds the workspace's lock: what lies in tmp is a killed run's.
    for name in try Files.names(in: "\(path)/tmp") where name.hasSuffix(".fetch") {
      try Files.remove("\(path)/tmp/\(name)")
    }
    try Files.syncFolder(path)
  }

  deinit {
    if file >= 0 { close(file) }
    close(folder)
    buffer.deallocate()
  }

  /// Whether a message has begun that has not ended.
  var isOpen: Bool { file >= 0 }

  /// Lends the base name of each file in `new` and `cur` to `body`, one at a time: an archive grows large.
  func forEachName(_ body: (String) -> Void) throws {
    // `new` first: what moves between the two is seen in both rather than in none.
    for box in ["new", "cur"] {
      guard let directory = opendir("\(path)/\(box)") else { throw Files.failure("can't be listed", "\(path)/\(box)") }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        body(name.firstIndex(of: ":").map { String(name[..<$0]) } ?? name)
      }
    }
  }

  /// Begins a message.
  func begin() throws {
    abandon()
    serial += 1
    current = "\(path)/tmp/\(serial).fetch"
    file = open(current, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Files.failure("can't be written", current) }
    pendingCR = false
    filled = 0
    written = 0
  }

  /// Writes a piece of the message.
  func write(_ piece: ByteSlice) throws {
    var rest = piece
    if pendingCR, !rest.isEmpty {
      pendingCR = false
      if rest.first != 0x0A { try put(ByteSlice("\r" as StaticString)) }
    }
    while !rest.isEmpty {
      guard let at = rest.firstIndex(of: 0x0D) else { return try put(rest) }
      if at + 1 == rest.count {
        pendingCR = true
        return try put(rest.prefix(at))
      }
      let isEnd = rest[at + 1] == 0x0A
      try put(rest.prefix(isEnd ? at : at + 1))
      rest = rest.dropFirst(at + 1)
    }
  }

  /// Ends a message, whose base name is to be this.
  func end(as name: String) throws {
    if pendingCR { try put(ByteSlice("\r" as StaticString)) }
    try flush()
    guard close(file) == 0 else { throw Files.failure("can't be closed", current) }
    file = -1
    staged.append((current, "\(path)/new/\(name)"))
    pendingBytes += written
  }

  /// Gives up the message that has begun.
  func abandon() {
    guard file >= 0 else { return }
    close(file)
    file = -1
    unlink(current)
  }

  /// Makes what has ended appear in `new`: when this returns it is on the disk.
  func commit() throws {
    guard !staged.isEmpty else { return }
    // One sync of the file system costs less than one for each of many files, each of which commits the journal.
    if staged.count > 8 {
      guard rm_sync_file_system(folder) == 0 else { throw Files.failure("can't be synced", path) }
    } else {
      for (temporary, _) in staged {
        let one = open(temporary, O_RDONLY | O_CLOEXEC)
        guard one >= 0, fsync(one) == 0 else { throw Files.failure("can't be synced", temporary) }
        close(one)
      }
    }
    for (temporary, final) in staged {
      guard rename(temporary, final) == 0 else { throw Files.failure("can't be renamed to \(final)", temporary) }
    }
    try Files.syncFolder("\(path)/new")
    staged.removeAll(keepingCapacity: true)
    pendingBytes = 0
  }

  private func put(_ bytes: ByteSlice) throws {
    if bytes.count > Self.room - filled { try flush() }
    if bytes.count > Self.room { return try out(bytes) }
    (buffer + filled).update(from: bytes.base, count: bytes.count)
    filled += bytes.count
  }

  private func flush() throws {
    try out(ByteSlice(base: buffer, count: filled))
    filled = 0
  }

  private func out(_ bytes: ByteSlice) throws {
    var rest = bytes
    while !rest.isEmpty {
      let step = Glibc.write(file, rest.base, rest.count)
      if step < 0 && errno == EINTR { continue }
      guard step > 0 else { throw Files.failure("can't be written", current) }
      rest = rest.dropFirst(step)
    }
    written += bytes.count
  }
}
