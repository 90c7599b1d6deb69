import Act
import Pipeline
import Records

/// What the policy does with a verdict.
public struct Outlook: Sendable, Codable {
  public enum Effect: String, Sendable, Codable {
    /// The address is suppressed by this verdict alone.
    case suppress
    /// The address is suppressed when enough verdicts like it have come.
    case count
    /// The address stays as it is.
    case nothing
  }

  public var effect: Effect
  /// The entry of the policy, and what it says: `hard_bounce`, `at once`.
  public var entry: String
  public var suppression: String
  /// Only on the list that the message is about, where that is known.
  public var onList: Bool?
  /// Who is to get the message, or the event; nobody where it is only logged.
  public var dispositions: [Destination]
  /// A disposition that the routes name.
  public struct Destination: Sendable, Codable {
    public var disposition: String
    /// Where it delivers to; absent where the configuration names no place, so that it is only logged.
    public var place: String?
    /// What is done with what is delivered: `put into`, `posted to`.
    public var verb: String?
  }

  /// How the address stands in the workspace now, in words.
  public var standing: String?

  init(_ verdict: Verdict, _ configuration: Configuration?) {
    let policy = configuration?.policy ?? .default
    let reason = String(verdict.reason)
    let (name, rule) = policy.entry(category: verdict.category.rawValue, reason: reason)
    entry = name
    suppression = rule.suppress.description
    if rule.scope == .list, rule.suppress != .never { onList = true }
    switch rule.suppress {
    case _ where verdict.recipient.isEmpty: effect = .nothing
    case .never: effect = .nothing
    case .atOnce: effect = .suppress
    case .after(let count, _, _, _): effect = count > 1 ? .count : .suppress
    }
    let dispositions = configuration?.dispositions ?? Outlook.defaults
    self.dispositions = (dispositions?.routes(category: verdict.category.rawValue, reason: reason) ?? []).map { name in
      let target = dispositions?.target(name)
      return Destination(disposition: name, place: target?.place, verb: target?.verb)
    }
  }

  private static let defaults = try? Dispositions(folders: [:])

  private var whereabouts: String { onList == true ? " on the list that the message is about" : "" }

  /// What happens to the address.
  func words(_ verdict: Explanation.Account) -> String {
    guard verdict.recipient != nil else { return "names no address, so none is suppressed" }
    switch effect {
    case .suppress: return "suppresses the address at once\(whereabouts)"
    case .count: return "counts against the address, which is suppressed \(suppression)\(whereabouts)"
    case .nothing:
      switch Category(rawValue: verdict.category) {
      case .mailBlock: return "never suppresses: a block is about the sender"
      case .messageRestriction: return "never suppresses: a restriction is about the message"
      case .redirect: return "notes the new address; the old one stays"
      default: return "leaves the address as it is"
      }
    }
  }

  /// What happens to the message.
  var route: String {
    if dispositions.isEmpty { return "logged" }
    return dispositions.map { destination in
      let who = destination.disposition.replacingOccurrences(of: "_", with: " ")
      guard let place = destination.place, let verb = destination.verb else {
        return "for \(who), but no folder is set: logged"
      }
      return "\(verb) \(place) for \(who)"
    }.joined(separator: "; ")
  }
}
