import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file opened for reading, closed when the last user lets go. Paths are bytes: a Maildir's names need not be UTF-8.
///
/// Archives are read with `read` and `pread`, not mapped: a delivery agent may truncate a live mbox at any time, and a
/// touch of a mapped page past the new end is a SIGBUS that takes the whole run down. The copy costs 0.1 ns a byte.
package final class OpenFile {
  package let descriptor: Int32
  package let path: [UInt8]

  package init(_ path: [UInt8]) throws {
    self.path = path
    descriptor = path.withCPath { open($0, O_RDONLY | O_CLOEXEC | O_NOCTTY) }
    guard descriptor >= 0 else { throw ArchiveError.system("open", path) }
  }

  deinit { close(descriptor) }

  /// The file's status as of now.
  package func status() throws -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw ArchiveError.system("stat", path) }
    return status
  }

  /// Reads from where the last `read` stopped; 0 at the end.
  package func read(into place: UnsafeMutablePointer<UInt8>, _ count: Int) throws -> Int {
    while true {
      let got = readSome(descriptor, place, count)
      if got >= 0 { return got }
      if errno != EINTR { throw ArchiveError.system("read", path) }
    }
  }

  /// Reads up to `count` bytes from `offset` on; fewer only at the end of the file.
  package func read(into place: UnsafeMutablePointer<UInt8>, _ count: Int, at offset: Int) throws -> Int {
    var done = 0
    while done < count {
      let got = pread(descriptor, place + done, count - done, off_t(offset + done))
      if got == 0 { break }
      if got < 0 {
        if errno == EINTR { continue }
        throw ArchiveError.system("read", path)
      }
      done += got
    }
    return done
  }
}

/// `read(2)` by a name that the methods do not hide.
private func readSome(_ descriptor: Int32, _ place: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
  read(descriptor, place, count)
}

extension [UInt8] {
  /// Lends the path as a C string. A NUL inside, which no path can hold, ends it.
  package func withCPath<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { place in
      for i in 0..<count { place[i] = CChar(bitPattern: self[i]) }
      place[count] = 0
      return body(place.baseAddress.unsafelyUnwrapped)
    }
  }

  /// The path of `name` in this folder.
  package func appending(_ name: some Sequence<UInt8>) -> [UInt8] {
    var path = self
    path.reserveCapacity(count + 1 + name.underestimatedCount)
    if path.last != 0x2F { path.append(0x2F) }
    path.append(contentsOf: name)
    return path
  }
}
