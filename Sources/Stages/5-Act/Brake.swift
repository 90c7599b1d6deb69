/// Stops a run that would newly suppress more subscribers than a sane day brings: a block at one big provider, read as
/// "user unknown", has halved a list before.
///
/// In the configuration: `{"count": 2000, "share": 0.2, "always": 10, "first_run": false}`. It holds for the subscribers
/// that were imported, and for all addresses that are known; either can stop a run.
public struct Brake: Sendable, Equatable, Codable {
  /// No more than so many, if there is such a limit.
  public var count: Int?
  /// No more than this part of the subscribers, from 0 to 1.
  public var share: Double
  /// So many are no matter what their share is, lest two of five stop a run. By default 10 where subscribers were
  /// imported. Else 500: all that such a database knows of its subscribers are those who bounce, so a share of them says
  /// little.
  public var always: Int?
  /// Whether it holds for the first run on a database without imported subscribers. By default not: any archive of
  /// bounces would trip it, and there is no list yet that it could protect.
  public var firstRun: Bool

  public init(count: Int? = nil, share: Double = 0.2, always: Int? = nil, firstRun: Bool = false) {
    self.count = count
    self.share = share
    self.always = always
    self.firstRun = firstRun
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case count, share, always
    case firstRun = "first_run"
  }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(but: CodingKeys.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    count = try values.decodeIfPresent(Int.self, forKey: .count)
    share = try values.decodeIfPresent(Double.self, forKey: .share) ?? share
    always = try values.decodeIfPresent(Int.self, forKey: .always)
    firstRun = try values.decodeIfPresent(Bool.self, forKey: .firstRun) ?? firstRun
    guard count ?? 0 >= 0, always ?? 0 >= 0, (0...1).contains(share) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath, debugDescription: "expected count ≥ 0, always ≥ 0 and a share from 0 to 1"))
    }
  }

  /// How many of so many a run may newly suppress.
  func limit(of known: Int, isRoster: Bool) -> Int {
    min(count ?? .max, max(always ?? (isRoster ? 10 : 500), Int((share * Double(known)).rounded(.down))))
  }
}
