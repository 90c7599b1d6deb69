#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A place that mail is taken from: a file, a Maildir, or a folder with any mixture of them.
public struct IngestSource: Sendable, Equatable {
  /// Absolute, without a slash at the end.
  public let path: String
  /// Keep the messages' bytes in the spool, because the mailbox will be emptied.
  public let embed: Bool

  /// A relative path counts from the current folder.
  public init(path: String, embed: Bool = false) {
    self.path = Self.absolute(path)
    self.embed = embed
  }

  /// Lexically: symbolic links stay what they are.
  private static func absolute(_ path: String) -> String {
    var parts: [Substring] = []
    var full = path
    if !path.hasPrefix("/"), let here = getcwd(nil, 0) {
      full = String(cString: here) + "/" + path
      free(here)
    }
    for part in full.split(separator: "/") where part != "." {
      // `a/..` is `.` only if `a` is no link; so `..` stays.
      parts.append(part)
    }
    return "/" + parts.joined(separator: "/")
  }
}

/// What bounds a shard and a message.
public struct IngestOptions: Sendable, Equatable {
  /// Larger messages are set aside, in bytes.
  public var messageLimit = 64 << 20
  /// A shard is closed when its messages have reached so many bytes in their archives …
  public var shardBytes = 32 << 20
  /// … or when there are so many.
  public var shardMessages = 16_384
  /// Forget what was read before, and read everything that is still there.
  public var force = false

  public init() {}
}
