import Act

/// Addresses that come on the suppression list or off it.
public struct AddressDiff: Sendable, Codable {
  /// An address, and what decided.
  public struct Address: Sendable, Codable, Equatable {
    public var address: String
    /// What stands behind the `@`, in lower case.
    public var domain: String
    /// `category/reason`, or `manual`; of one set free, what it had been suppressed for.
    public var cause: String
    /// The rule behind it.
    public var rule: String?
    /// Where it is now known to be, of one that moved.
    public var newAddress: String?

    init(address: String, cause: String, rule: String?, newAddress: String? = nil) {
      self.address = address
      domain = address.lastIndex(of: "@").map { String(address[$0...].dropFirst()).lowercased() } ?? ""
      self.cause = cause
      self.rule = rule
      self.newAddress = newAddress
    }

    init(_ change: StateChange) {
      self.init(address: change.address, cause: change.cause, rule: change.rule, newAddress: change.newAddress)
    }

    private enum CodingKeys: String, CodingKey {
      case address, domain, cause, rule
      case newAddress = "new_address"
    }
  }

  /// In the order of the addresses.
  public var suppressed: [Address] = []
  public var freed: [Address] = []
  /// Newly known to have another address, and not suppressed.
  public var moved: [Address] = []

  init() {}

  init(_ report: ActReport) {
    suppressed = report.suppressed.samples.map(Address.init)
    freed = report.freed.samples.map(Address.init)
    moved = report.moved.samples.map(Address.init)
  }

  /// True when no address changes.
  public var isEmpty: Bool { suppressed.isEmpty && freed.isEmpty && moved.isEmpty }
}
