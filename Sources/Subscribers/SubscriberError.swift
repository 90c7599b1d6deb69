/// Why subscribers or suppressions can't be read or written. Nothing but whole rows before that is changed.
public enum SubscriberError: Error, CustomStringConvertible {
  /// A file can't be opened or read.
  case file(path: String, problem: String)
  /// A file's first line, or the form of the whole.
  case form(path: String, problem: String)
  /// Not an address.
  case address(String)
  /// Nobody by this address or key is known.
  case unknown(String)

  public var description: String {
    switch self {
    case .file(let path, let problem), .form(let path, let problem): "\(path): \(problem)"
    case .address(let address): "\"\(address)\" is no address: expected something like someone@example.com"
    case .unknown(let who):
      "\(who): nobody by this address or key is known; returnmill subscribers list shows who is"
    }
  }
}
