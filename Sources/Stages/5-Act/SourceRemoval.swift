import ByteSlices
import Mail
import Records
import Spool

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Takes a message out of the Maildir that it came from, where the configuration says that it is to be moved: the only
/// place in the program that changes a source.
enum SourceRemoval {
  /// Removes the file, after a look that it still holds just this message. Nothing happens when it is gone.
  static func remove(_ source: MessageSource, _ id: MessageID, _ arena: Arena) throws {
    guard source.format == .maildir, let path = file(String(source.path)) else { return }
    let found = MessageSource(
      path: path.withByteSlice { arena.copy($0) }, format: .maildir, offset: 0, length: source.length)
    _ = try MessageDoor().bytes(of: found, id: id, arena: arena)
    guard unlink(path) == 0 || errno == ENOENT else { throw Files.failure("can't be removed", path) }
    try Files.syncFolder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
  }

  /// Where the file is now: a mail program may have moved it from `new` to `cur`, or changed its flags.
  private static func file(_ path: String) -> String? {
    if Files.exists(path) { return path }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 2, let name = parts.last else { return nil }
    let base = name.prefix { $0 != ":" }
    let maildir = parts.dropLast(2).joined(separator: "/")
    for folder in ["new", "cur"] {
      let names = (try? Files.names(in: "\(maildir)/\(folder)")) ?? []
      if let name = names.first(where: { $0.prefix { $0 != ":" } == base }) { return "\(maildir)/\(folder)/\(name)" }
    }
    return nil
  }
}
