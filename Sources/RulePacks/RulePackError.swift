/// What is wrong with a rule pack, a key, or what a workspace knows of them. Every message says what to do.
public struct RulePackError: Error, CustomStringConvertible, Sendable {
  public enum Kind: Sendable {
    /// The pack or the key is not what it should be, or not trusted: nothing was changed.
    case refused
    /// What lies in the workspace is not what was installed.
    case damaged
  }

  public let kind: Kind
  public let description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
