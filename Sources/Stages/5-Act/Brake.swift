/// Stops a run that would newly suppress more subscribers than a sane day brings: a block at one big provider, read as
/// "user unknown", has halved a list before.
///
/// In the configuration: `{"count": 500, "share": 0.2, "first_run": false}`.
public struct Brake: Sendable, Equatable, Codable {
  /// So many are always allowed.
  public var count: Int
  /// So many of the known subscribers are allowed, from 0 to 1.
  public var share: Double
  /// Whether it holds for the first run on a database. By default not: all that such a database knows of its
  /// subscribers are the events that suppress them, so any archive of bounces would trip it, and there is no list yet
  /// that it could protect.
  public var firstRun: Bool

  public init(count: Int = 500, share: Double = 0.2, firstRun: Bool = false) {
    self.count = count
    self.share = share
    self.firstRun = firstRun
  }

  private enum CodingKeys: String, CodingKey {
    case count, share
    case firstRun = "first_run"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    count = try values.decodeIfPresent(Int.self, forKey: .count) ?? count
    share = try values.decodeIfPresent(Double.self, forKey: .share) ?? share
    firstRun = try values.decodeIfPresent(Bool.self, forKey: .firstRun) ?? firstRun
    guard count >= 0, (0...1).contains(share) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "expected count ≥ 0 and a share from 0 to 1"))
    }
  }

  /// How many a run may newly suppress.
  func limit(known: Int) -> Int { max(count, Int((share * Double(known)).rounded(.down))) }
}
