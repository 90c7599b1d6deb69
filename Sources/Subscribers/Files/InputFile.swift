import ByteSlices
import CShims

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file, or standard input, read a piece at a time: what is being looked at is in memory, and no more.
final class InputFile {
  let path: String
  /// Bytes of the file, when it tells.
  let size: Int?
  /// Bytes that were taken so far.
  private(set) var position = 0
  /// What was read and not yet taken.
  private(set) var window: [UInt8] = []
  private(set) var isAtEnd = false
  private let file: Int32
  private static let chunk = 1 << 18

  /// - Parameter path: `-` for standard input.
  init(_ path: String) throws {
    self.path = path == "-" ? "standard input" : path
    file = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SubscriberError.file(path: path, problem: String(cString: strerror(errno))) }
    var status = stat()
    size = fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  deinit { close(file) }

  /// Reads more into the window. False at the end.
  func more() throws -> Bool {
    if isAtEnd { return false }
    let before = window.count
    window.append(contentsOf: repeatElement(0, count: InputFile.chunk))
    while true {
      let got = window.withUnsafeMutableBytes { read(file, $0.baseAddress! + before, InputFile.chunk) }
      if got < 0, errno == EINTR { continue }
      window.removeLast(InputFile.chunk - max(got, 0))
      guard got >= 0 else { throw SubscriberError.file(path: path, problem: String(cString: strerror(errno))) }
      if got == 0 { isAtEnd = true }
      return got > 0
    }
  }

  /// Takes bytes off the window's beginning. They go when there are many, so that each byte is moved a few times only.
  func take(_ count: Int) {
    position += count
    window.removeFirst(count)
  }
}
