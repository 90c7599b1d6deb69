import Synchronization

/// HTTP clients that work side by side, each with a connection that it keeps.
public final class HTTPPool: Sendable {
  /// Lent to one thread at a time.
  private struct Lent: @unchecked Sendable { let client: HTTPClient }

  private let idle: Mutex<[Lent]>
  private let connections: Int

  public init(_ settings: HTTPSettings = HTTPSettings(), connections: Int = 1) throws(TransportError) {
    self.connections = max(connections, 1)
    var clients: [Lent] = []
    for _ in 0..<self.connections { clients.append(Lent(client: try HTTPClient(settings))) }
    idle = Mutex(clients)
  }

  /// Calls the body for each element, on as many threads as there are connections, each with a client of its own, and
  /// gives what it returned in the order of the elements. Waits for all.
  public func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], unless shouldStop: @escaping @Sendable () -> Bool = { false },
    _ body: @escaping @Sendable (Element, HTTPClient, @escaping @Sendable () -> Bool) -> Result
  ) -> [Result] {
    let results = Mutex<[Result?]>(Array(repeating: nil, count: elements.count))
    let next = Atomic<Int>(0)
    Threads.run(min(connections, elements.count)) {
      guard let lent = self.idle.withLock({ $0.popLast() }) else { return }
      defer { self.idle.withLock { $0.append(lent) } }
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < elements.count else { return }
        let result = body(elements[index], lent.client, shouldStop)
        results.withLock { $0[index] = result }
      }
    }
    return results.withLock { $0 }.compactMap { $0 }
  }
}
