import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// SIGINT and SIGTERM end a run between two records: nothing half-written stays, and the next run goes on from there.
public enum Interruption {
  private static let signal = Atomic<Int32>(0)

  /// Watches for both signals. The second one of a kind kills at once.
  public static func watch() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in Interruption.signal.store(number, ordering: .relaxed) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
  }

  /// Whether a signal has come.
  public static var isRequested: Bool { signal.load(ordering: .relaxed) != 0 }

  /// Throws `Interrupted` when a signal has come.
  @inline(__always) public static func check() throws {
    let number = signal.load(ordering: .relaxed)
    if number != 0 { throw Interrupted(signal: number) }
  }
}

/// The run was asked to stop.
public struct Interrupted: Error, CustomStringConvertible {
  public let signal: Int32
  public var description: String { "interrupted; the next run goes on from here" }
}
