import ByteSlices

/// The fields that templates may name, each with a place in a recipient's list of values.
public struct Fields: Sendable, Equatable {
  /// What every recipient has: the address, the campaign's and the list's name, and how to unsubscribe.
  public static let builtIn = ["address", "campaign", "list", "unsubscribe_url", "unsubscribe_address"]

  /// The names, the built-in ones first.
  public let names: [String]
  private let places: [String: Int]

  /// - Parameter own: the names that subscribers and defaults bring.
  public init(_ own: some Sequence<String>) {
    var names = Fields.builtIn
    var places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
    for name in own where places[name] == nil {
      places[name] = names.count
      names.append(name)
    }
    self.names = names
    self.places = places
  }

  public var count: Int { names.count }

  /// Where the values of a name stand.
  public func place(of name: String) -> Int? { places[name] }
}
