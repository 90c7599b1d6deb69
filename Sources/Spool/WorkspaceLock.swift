#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One process at a time works in a workspace. The lock goes with the process, however it ends.
public final class WorkspaceLock {
  private let file: Int32

  /// Takes the lock, or throws `.locked` naming who holds it.
  public init(_ workspace: Workspace) throws {
    try Files.makeFolder(workspace.root)
    file = open(workspace.lockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Files.failure("can't be opened", workspace.lockFile) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let holder = (try? Files.read(workspace.lockFile)).map { String(decoding: $0, as: UTF8.self) } ?? ""
      close(file)
      throw SpoolError(
        .locked, workspace.lockFile,
        "another returnmill works in this workspace (\(holder.isEmpty ? "unknown process" : holder)); wait for it to end"
      )
    }
    let holder = "process \(getpid())"
    ftruncate(file, 0)
    _ = holder.withCString { write(file, $0, strlen($0)) }
  }

  deinit { close(file) }
}
