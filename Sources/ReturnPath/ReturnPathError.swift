/// What can be wrong with keys and forms of return paths.
public enum ReturnPathError: Error, Equatable, CustomStringConvertible {
  case key(place: String, line: Int, problem: String)
  case noKeys(place: String)
  case address(key: String, form: String, problem: String)

  public var description: String {
    switch self {
    case .key(let place, let line, let problem):
      "\(place), line \(line): \(problem); expected ID:SECRET, as `returnmill token keygen` writes it"
    case .noKeys(let place): "\(place): no key in it; make one with `returnmill token keygen`"
    case .address(let key, let form, let problem):
      "\(key): \"\(form)\": \(problem); for example bounces+{token}@example.org"
    }
  }
}
