public struct Configuration: Sendable {
  public var rules: [String] = []
  public var headers: [String] = []
  public init(file: String) throws {}
}
public struct ConfigurationError: Error { init(_ s: String) {} }
