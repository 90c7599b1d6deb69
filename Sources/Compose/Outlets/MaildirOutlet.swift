import ByteSlices
import CShims
import Store

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A Maildir that takes a campaign's messages, each with its envelope sender in Return-Path.
///
/// A file is named for its campaign and subscriber. It is written in `tmp`; once the ledger says that it is staged, it is
/// moved to `new`. So a staged file that is no longer in `tmp` was delivered, whoever has fetched it since.
final class MaildirOutlet: BatchOutlet {
  let place: String
  private let suffix: String
  private var staged: [Int] = []
  private var folders: (tmp: Int32, new: Int32) = (-1, -1)
  private let head = ByteBuffer(capacity: 256)
  private let fileName = ByteBuffer(capacity: 64)

  init(path: String, campaign: UInt32) {
    place = path
    suffix = "." + String(campaign, radix: 16) + ".campaign"
  }

  deinit {
    for folder in [folders.tmp, folders.new] where folder >= 0 { close(folder) }
  }

  func recover(staged: [Int], values: (String) throws -> String?) throws -> Bool {
    try makeFolders()
    for subscriber in staged { try move(subscriber, mayBeGone: true) }
    guard fsync(folders.new) == 0 else { throw failure("can't sync new") }
    return true
  }

  func stage(_ message: Outgoing) throws {
    let file = openat(folders.tmp, name(message.subscriber), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("can't write into tmp") }
    defer { close(file) }
    head.removeAll()
    head.append("Return-Path: <")
    head.append(message.sender)
    head.append(">\n")
    head.append(message.message)
    var rest = head.slice
    while !rest.isEmpty {
      let written = write(file, rest.base, rest.count)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure("can't write into tmp") }
      rest = rest.dropFirst(written)
    }
    staged.append(message.subscriber)
  }

  func prepare() throws -> [String: String] {
    // One sync of the file system costs less than one for each of many files.
    if staged.count > 8, rm_sync_file_system(folders.tmp) == 0 { return [:] }
    for subscriber in staged {
      let file = openat(folders.tmp, name(subscriber), O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { throw failure("can't open a file in tmp") }
      defer { close(file) }
      guard fsync(file) == 0 else { throw failure("can't sync a file in tmp") }
    }
    return [:]
  }

  func release() throws -> [String: String] {
    for subscriber in staged { try move(subscriber, mayBeGone: false) }
    staged.removeAll(keepingCapacity: true)
    guard fsync(folders.new) == 0 else { throw failure("can't sync new") }
    return [:]
  }

  var settled: [String: String] { [:] }

  private func move(_ subscriber: Int, mayBeGone: Bool) throws {
    let name = name(subscriber)
    let moved = renameat(folders.tmp, name, folders.new, name)
    guard moved == 0 || mayBeGone && errno == ENOENT else { throw failure("can't move a file from tmp to new") }
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

  private func makeFolders() throws {
    var parent = place
    var missing: [String] = []
    while access(parent, F_OK) != 0, parent != "/", !parent.isEmpty {
      missing.append(parent)
      parent = parent.lastIndex(of: "/").map { String(parent[..<$0]) } ?? ""
    }
    for folder in missing.reversed() + ["tmp", "new", "cur"].map({ "\(place)/\($0)" }) {
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure("can't make the folder \(folder)") }
    }
    folders.tmp = open(place + "/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    folders.new = open(place + "/new", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folders.tmp >= 0, folders.new >= 0 else { throw failure("can't open the Maildir") }
  }

  private func failure(_ what: String) -> ComposeError {
    .output(place: place, problem: "\(what): \(String(cString: strerror(errno)))")
  }
}
