import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that only grows, a record at a time, each record at most once.
///
/// How long it was when the ledger last knew is kept in the database. What lies behind was written by a run that died
/// before its ledger said so: such records are found there and not written again, and one that was cut off is taken
/// away. A record must be the same whenever it is made.
final class AppendedFile {
  private let path: String
  private var file: Int32 = -1
  private var pending: [UInt8] = []
  /// What lies behind the length that the ledger knows.
  private var tail: [UInt8] = []
  private var known: Int?
  private(set) var length: Int?

  /// - Parameter known: the length that the ledger knows; nil when it knows none.
  init(path: String, known: Int?) {
    self.path = path
    self.known = known
  }

  deinit { if file >= 0 { close(file) } }

  /// Whether the file is new or empty, so that it wants a first line.
  func isEmpty() throws -> Bool {
    try open()
    return length == 0 && pending.isEmpty
  }

  /// Adds a record, unless a run that died has written it.
  func append(_ record: [UInt8]) throws {
    try open()
    if !tail.isEmpty {
      if try record.withByteSlice({ record in try tail.withByteSlice { try found(record, in: $0) } }) { return }
    }
    pending += record
  }

  /// Writes what was added, and syncs it.
  func commit() throws {
    guard !pending.isEmpty || file >= 0 else { return }
    try open()
    if !pending.isEmpty {
      try lock()
      defer { unlock() }
      if try !endsALine() { pending.insert(0x0A, at: 0) }
      guard lseek(file, 0, SEEK_END) >= 0 else { throw failure("can't be written") }
      try pending.withUnsafeBytes { bytes in
        var at = 0
        while at < bytes.count {
          let step = write(file, bytes.baseAddress! + at, bytes.count - at)
          if step < 0, errno == EINTR { continue }
          guard step > 0 else { throw failure("can't be written") }
          at += step
        }
      }
      pending.removeAll(keepingCapacity: true)
    }
    guard fsync(file) == 0 else { throw failure("can't be synced") }
    length = try size()
    tail = []
  }

  private func open() throws {
    if file >= 0 { return }
    try PlainFile.makeFolder(of: path)
    file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("can't be opened for writing") }
    let size = try size()
    length = size
    // A file that is shorter than it was has been rotated or emptied.
    let start = max(min(known ?? 0, size), size - AppendedFile.mostTail)
    guard size > start else { return }
    tail = [UInt8](repeating: 0, count: size - start)
    let got = tail.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(start)) }
    guard got == tail.count else { throw failure("can't be read") }
  }

  /// More than the bytes of a batch.
  private static let mostTail = 80 << 20

  /// Looks for a record in the tail; takes away the beginning of it that a dying run left at the end.
  private func found(_ record: ByteSlice, in tail: ByteSlice) throws -> Bool {
    if tail.firstIndex(of: record) != nil { return true }
    let least = min(record.count - 1, tail.count)
    guard least > 0, let lineStart = start(of: record, in: tail) else { return false }
    let torn = tail.dropFirst(lineStart)
    guard record.prefix(torn.count) == torn, torn.count < record.count else { return false }
    let size = try size()
    guard ftruncate(file, off_t(size - torn.count)) == 0 else { throw failure("can't be cut") }
    self.tail.removeLast(torn.count)
    return false
  }

  /// Where the last line or message begins that could be the beginning of the record.
  private func start(of record: ByteSlice, in tail: ByteSlice) -> Int? {
    let sign = record.prefix(min(record.count, 16))
    var last: Int?
    var from = 0
    while from < tail.count, let at = tail.firstIndex(of: sign, from: from) {
      if at == 0 || tail[at - 1] == 0x0A { last = at }
      from = at + 1
    }
    if last == nil, let line = tail.lastIndex(of: 0x0A), line + 1 < tail.count { last = line + 1 }
    return last
  }

  /// Whether what is there ends with a line end, as what somebody else wrote may not.
  private func endsALine() throws -> Bool {
    let size = try size()
    var last: UInt8 = 0x0A
    guard size == 0 || pread(file, &last, 1, off_t(size - 1)) == 1 else { throw failure("can't be read") }
    return last == 0x0A
  }

  private func size() throws -> Int {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("can't be read") }
    return Int(status.st_size)
  }

  /// As mail programs lock an mbox (fcntl); waits ten seconds for another's lock.
  private func lock() throws {
    for _ in 0..<100 {
      if lockf(file, F_TLOCK, 0) == 0 { return }
      guard errno == EACCES || errno == EAGAIN || errno == EINTR else { throw failure("can't be locked") }
      usleep(100_000)
    }
    throw DeliveryFailure(reason: "\(path): another program has locked it", isAboutPlace: true)
  }

  private func unlock() {
    lseek(file, 0, SEEK_SET)
    _ = lockf(file, F_ULOCK, 0)
  }

  private func failure(_ what: String) -> DeliveryFailure {
    DeliveryFailure(reason: "\(path): \(what): \(String(cString: strerror(errno)))", isAboutPlace: true)
  }
}
