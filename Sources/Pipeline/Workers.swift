import Dispatch
import Synchronization

/// Runs numbered jobs side by side under `concurrentPerform`, each worker with a context of its own.
enum Workers {
  /// Calls `body` once for each job from 0 up to `jobs`, in about that order. Stops handing out jobs at the first
  /// error, and throws it: the one of the lowest job, so that the same failure is reported whatever the timing.
  static func run<Context>(
    _ jobs: Int, workers: Int, context: @Sendable () throws -> Context,
    body: @Sendable (Int, Context) throws -> Void
  ) throws {
    guard jobs > 0 else { return }
    let next = Atomic<Int>(0)
    let failure = Mutex<(job: Int, error: any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: min(max(workers, 1), jobs)) { _ in
      var job = -1
      do {
        let own = try context()
        while failure.withLock({ $0 == nil }) {
          job = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if job >= jobs { return }
          try Interruption.check()
          try body(job, own)
        }
      } catch {
        failure.withLock { if $0 == nil || job < $0!.job { $0 = (job, error) } }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }
}
