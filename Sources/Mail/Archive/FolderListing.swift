import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The names in a folder, as bytes.
enum FolderListing {
  /// What a folder's entry is, after symbolic links.
  enum EntryType {
    case file, folder, other
  }

  /// Lends each name to `body`, without `.` and `..`, in the order of the file system. The type costs a `stat` only
  /// where the file system does not tell it, or tells a link.
  static func forEachEntry(in folder: [UInt8], _ body: (ByteSlice, EntryType) throws -> Void) throws {
    guard let handle = folder.withCPath({ opendir($0) }) else { throw ArchiveError.system("list", folder) }
    defer { closedir(handle) }
    while true {
      errno = 0
      guard let entry = readdir(handle) else {
        if errno != 0 { throw ArchiveError.system("list", folder) }
        return
      }
      let kind = Int32(entry.pointee.d_type)
      let nameOffset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 19
      let start = UnsafeRawPointer(entry).advanced(by: nameOffset)
      let name = ByteSlice(
        UnsafeRawBufferPointer(start: start, count: strlen(start.assumingMemoryBound(to: CChar.self))))
      if name == "." || name == ".." { continue }
      switch kind {
      case 8: try body(name, .file)
      case 4: try body(name, .folder)
      case 0, 10: try body(name, type(of: folder.appending(name)))
      default: try body(name, .other)
      }
    }
  }

  /// What is at a path; `.other` also when there is nothing, or a link that leads nowhere.
  static func type(of path: [UInt8]) -> EntryType {
    var status = stat()
    guard path.withCPath({ stat($0, &status) }) == 0 else { return .other }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .folder
    default: .other
    }
  }
}
