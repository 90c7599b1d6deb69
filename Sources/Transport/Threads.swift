import Foundation

/// Threads that wait for the network rather than compute: as many as asked for, whatever the number of cores.
enum Threads {
  /// Runs the body on so many threads, this one among them, and waits for all.
  static func run(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    let group = DispatchGroup()
    for _ in 1..<max(count, 1) {
      group.enter()
      Thread {
        body()
        group.leave()
      }.start()
    }
    body()
    group.wait()
  }
}
