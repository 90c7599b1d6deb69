import ByteSlices
import Foundation
import Records

/// What `act` goes by.
public struct ActOptions: Sendable {
  public var policy: Policy
  public var dispositions: Dispositions
  public var brake: Brake
  /// Lets one run pass that the brake would stop.
  public var releaseBrake: Bool
  /// How many examples of each kind the report holds.
  public var samples: Int
  /// Tries again what earlier runs have given up.
  public var retryGivenUp = false
  /// The time of day, in seconds since 1970: deliveries have an end.
  public var now: Double = Date().timeIntervalSince1970
  /// Asked between deliveries, and while they wait for others: when true, the run ends where it is.
  public var shouldStop: @Sendable () -> Bool = { false }

  public init(
    policy: Policy = .default, dispositions: Dispositions, brake: Brake = Brake(), releaseBrake: Bool = false,
    samples: Int = 50
  ) {
    self.policy = policy
    self.dispositions = dispositions
    self.brake = brake
    self.releaseBrake = releaseBrake
    self.samples = samples
  }
}

/// Gets a message's bytes, from where it lies or from the ingest shard of that number; the slice is copied before the
/// next call. What it throws is written to the ledger, and tried again by the next run.
public typealias MessageReader = (_ source: MessageSource, _ id: MessageID, _ shard: Int) throws -> ByteSlice
