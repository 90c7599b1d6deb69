import ByteSlices
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Files as a spool needs them: whole reads, and writes that are there in full or not at all.
public enum Files {
  /// Writes a file so that after a crash it holds either what it held before or all of the new bytes:
  /// `.tmp`, fsync, rename, fsync of the folder.
  public static func writeAtomically(_ bytes: ByteSlice, to path: String) throws {
    let temporary = path + ".tmp"
    let file = try OutputFile(path: temporary)
    try file.write(bytes)
    try file.commit(as: path)
  }

  public static func writeAtomically(_ text: String, to path: String) throws {
    try text.withByteSlice { try writeAtomically($0, to: path) }
  }

  /// All bytes of a file.
  public static func read(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure("can't be opened for reading", path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("can't be read", path) }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var got = 0
    while got < bytes.count {
      let step = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + got, $0.count - got) }
      if step < 0 && errno == EINTR { continue }
      guard step >= 0 else { throw failure("can't be read", path) }
      if step == 0 { break }
      got += step
    }
    bytes.removeLast(bytes.count - got)
    return bytes
  }

  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  public static func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw failure("the folder can't be made", path)
    }
  }

  /// Removes a file; nothing happens when there is none.
  public static func remove(_ path: String) throws {
    if unlink(path) != 0 && errno != ENOENT { throw failure("can't be removed", path) }
  }

  /// Makes a rename or an unlink in the folder survive a power cut.
  public static func syncFolder(_ path: String) throws {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw failure("can't be opened", path) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw failure("can't be synced", path) }
  }

  /// The names in a folder, in byte order, without `.` and `..`; none when there is no such folder.
  public static func names(in path: String) throws -> [String] {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return [] }
      throw failure("can't be listed", path)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The error for a call that has just failed, with the system's words.
  public static func failure(_ what: String, _ path: String) -> SpoolError {
    SpoolError(.io, path, "\(what): \(String(cString: strerror(errno)))")
  }
}

/// A file being written under a temporary name.
public final class OutputFile {
  public let path: String
  private var file: Int32

  public init(path: String) throws {
    self.path = path
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Files.failure("can't be written", path) }
  }

  deinit { if file >= 0 { close(file) } }

  public func write(_ bytes: ByteSlice) throws {
    var rest = bytes
    while !rest.isEmpty {
      let step = Glibc.write(file, rest.base, rest.count)
      if step < 0 && errno == EINTR { continue }
      guard step > 0 else { throw Files.failure("can't be written", path) }
      rest = rest.dropFirst(step)
    }
  }

  /// Fsyncs, closes, renames, and fsyncs the folder.
  public func commit(as final: String) throws {
    guard fsync(file) == 0 else { throw Files.failure("can't be synced", path) }
    guard close(file) == 0 else { throw Files.failure("can't be closed", path) }
    file = -1
    guard rename(path, final) == 0 else { throw Files.failure("can't be renamed to \(final)", path) }
    try Files.syncFolder((final as NSString).deletingLastPathComponent)
  }

  /// Gives the file up.
  public func abandon() {
    if file >= 0 { close(file) }
    file = -1
    unlink(path)
  }
}
