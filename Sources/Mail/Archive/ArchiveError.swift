import ByteSlices

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What keeps a message from being read where it lies.
public struct ArchiveError: Error, CustomStringConvertible, Sendable {
  /// What a caller may want to tell apart.
  public enum Kind: Sendable {
    /// The file is gone.
    case missing
    /// The file is there, but the message that was found in it is not, or no longer as it was.
    case changed
    /// The system refuses to open or read it.
    case unreadable
  }

  public let kind: Kind
  /// The file, with U+FFFD for what is not UTF-8.
  public let path: String
  /// Bytes from the start of the file, where that says something.
  public let offset: Int?
  /// What was expected and what to do, in words.
  public let detail: String

  public init(_ kind: Kind, path: some Sequence<UInt8>, offset: Int? = nil, detail: String) {
    self.kind = kind
    self.path = String(decoding: Array(path), as: UTF8.self)
    self.offset = offset
    self.detail = detail
  }

  /// The failure that a system call left in `errno`.
  static func system(_ doing: String, _ path: some Sequence<UInt8>, errno code: Int32 = errno) -> ArchiveError {
    let missing = code == ENOENT || code == ENOTDIR
    let reason = String(cString: strerror(code))
    return ArchiveError(
      missing ? .missing : .unreadable, path: path,
      detail: missing ? "there is no such file" : "cannot \(doing) it: \(reason)")
  }

  public var description: String {
    let place = offset.map { " at byte \($0)" } ?? ""
    return "\(path)\(place): \(detail)"
  }
}
