import CCurl

/// A transfer that libcurl could not do, in libcurl's words.
public struct CurlFailure: Error, CustomStringConvertible {
  public let code: CURLcode
  public let words: String

  public init(code: CURLcode, words: String) {
    self.code = code
    self.words = words
  }

  public var description: String { words }

  /// Whether the same transfer can't work later either, for it is the request itself, or what this machine is set up
  /// with, that is wrong.
  public var isPermanent: Bool {
    switch code {
    case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_NOT_BUILT_IN, CURLE_UNKNOWN_OPTION: true
    default: false
    }
  }
}

/// What can't be used: settings, secrets, libcurl itself. Names what was wrong and what to do.
public struct TransportError: Error, CustomStringConvertible, Equatable {
  public let description: String

  public init(_ description: String) { self.description = description }
}
