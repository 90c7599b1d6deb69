/// Why `act` refuses.
public enum ActError: Error, CustomStringConvertible {
  /// The run would newly suppress too many. Nothing was changed.
  case brake(BrakeReport)
  /// An entry of the policy makes no sense.
  case policy(name: String, problem: String)
  /// A route makes no sense.
  case route(name: String, problem: String)
  /// What a disposition had added could not be settled.
  case disposition(name: String, problem: String)
  /// A Maildir can't be written to.
  case maildir(path: String, problem: String)
  /// The database was left in the middle of its first load.
  case unfinished
  /// Not an address.
  case address(String)

  public var description: String {
    switch self {
    case .brake(let brake): brake.description
    case .policy(let name, let problem): "policy \"\(name)\": \(problem)"
    case .route(let name, let problem): "dispositions, route \"\(name)\": \(problem)"
    case .disposition(let name, let problem):
      "disposition \"\(name)\": \(problem); mend it and run `returnmill act` again"
    case .maildir(let path, let problem): "\(path): \(problem); mend it and run `returnmill act` again"
    case .unfinished: "the database was left in the middle of its first load; run `returnmill run` first"
    case .address(let address): "\"\(address)\" is no address: expected something like someone@example.com"
    }
  }
}
