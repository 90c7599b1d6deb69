/// Where a rule stands in the total order, from what knows most about a message to what knows least. The number that
/// begins the file's name says it.
public enum RuleLayer: String, Sendable, CaseIterable {
  /// A site's own rules (00–14): before all that come with the product.
  case site
  /// What the structure of a report says beyond doubt (15–19).
  case structure
  /// What one mailbox provider or gateway says (20–29).
  case provider
  /// What one mail server says (30–39).
  case mta
  /// Words that any server or person may use (40–79).
  case words
  /// Enhanced status codes (RFC 3463) and reply codes (RFC 5321): only where no words say more (80–89).
  case codes
  /// What is left (90–99).
  case fallback

  /// The layer of a rule file; one whose name begins with no number is the site's.
  public init(file: String) {
    switch Int(file.prefix(2)) {
    case .some(15..<20): self = .structure
    case .some(20..<30): self = .provider
    case .some(30..<40): self = .mta
    case .some(40..<80): self = .words
    case .some(80..<90): self = .codes
    case .some(90...): self = .fallback
    default: self = .site
    }
  }

  /// 0 for the layer that is asked first.
  public var rank: Int { RuleLayer.allCases.firstIndex(of: self) ?? 0 }
}

extension Rule {
  /// Where the rule stands.
  public var layer: RuleLayer { RuleLayer(file: file) }

  /// True when the rule decides only what no other knows, by codes or by nothing: the words of such messages are those
  /// that the next rules are made of.
  public var isFallback: Bool {
    layer == .codes || layer == .fallback || reason == "undetermined" || reason == "unclassified"
  }
}
