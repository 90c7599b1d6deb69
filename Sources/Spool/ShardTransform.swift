import ByteSlices

/// What a stage does between two spools. One instance a worker: it owns its scratch memory and need not be
/// thread-safe.
public protocol ShardTransform: AnyObject {
  /// Turns one input line into one record, encoded into `output.json` and ended by `output.endRecord()`, or sets it
  /// aside by `output.quarantine`.
  func transform(_ line: ByteSlice, into output: ShardWriter) throws
}
