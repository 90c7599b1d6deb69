/// What can go wrong with the files of a workspace. Every message names the file and what to do.
public struct SpoolError: Error, CustomStringConvertible, Sendable {
  public enum Kind: Sendable {
    /// The operating system refused: no space, no permission, no such folder.
    case io
    /// The bytes are not what was written.
    case corrupt
    /// Somebody else holds the workspace.
    case locked
  }

  public let kind: Kind
  public let path: String
  public let description: String

  public init(_ kind: Kind, _ path: String, _ message: String) {
    self.kind = kind
    self.path = path
    description = "\(path): \(message)"
  }
}
