/// What loading a shard did.
public struct LoadSummary: Sendable, Equatable {
  /// Messages in the shard, duplicates included.
  public var messages = 0
  /// Verdicts in the shard, those of duplicates included.
  public var events = 0
  /// Messages that another place, earlier in the spool, holds already; 0 in a first load, whose end finds them.
  public var duplicates = 0
  /// Recipients whose judgement is another than the one that was loaded before.
  public var changed = 0
  /// The shard was loaded by the same key, so nothing was done.
  public var alreadyLoaded = false

  public init(messages: Int = 0, events: Int = 0, duplicates: Int = 0, changed: Int = 0, alreadyLoaded: Bool = false) {
    self.messages = messages
    self.events = events
    self.duplicates = duplicates
    self.changed = changed
    self.alreadyLoaded = alreadyLoaded
  }
}
