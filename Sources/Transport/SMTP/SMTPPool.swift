import Foundation
import Synchronization

/// Submits messages to one server over several connections, which are kept for the next.
///
/// ```swift
/// let pool = SMTPPool(try SMTPServer(url: "smtps://mail.example.org", connections: 4))
/// let outcomes = pool.send([Submission(sender: "a@example.org", recipients: ["b@example.com"], message: bytes)])
/// ```
/// libcurl doesn't pipeline commands (RFC 2920); several connections make up for it. Safe to use from several threads,
/// but one batch goes after the other.
public final class SMTPPool: Sendable {
  private struct State {
    var password: String?
    var idle: [SMTPConnection] = []
  }

  public let server: SMTPServer
  private let limit: RateLimit?
  private let batch = Mutex(())
  private let state = Mutex(State())

  /// Connects when the first message is sent, and reads the password then.
  public init(_ server: SMTPServer) {
    self.server = server
    limit = server.perSecond.map { RateLimit(perSecond: $0) }
  }

  /// Submits one message.
  public func send(_ submission: Submission, unless shouldStop: (@Sendable () -> Bool)? = nil) -> SubmissionOutcome {
    send([submission], unless: shouldStop).first
      ?? .failed(SubmissionFailure(isPermanent: false, isAboutServer: true, words: "interrupted"))
  }

  /// Submits a batch, and waits for its end.
  ///
  /// - Parameters:
  ///   - shouldStop: asked about once a second, from any thread; when true, what is under way is broken off and the
  ///     rest not begun.
  ///   - done: told of each outcome when it is known, by its place in the batch, from one thread at a time: for a
  ///     ledger that wants to be written as early as can be.
  /// - Returns: the outcomes in the order of the batch.
  @discardableResult public func send(
    _ submissions: [Submission], unless shouldStop: (@Sendable () -> Bool)? = nil,
    done: (@Sendable (_ index: Int, _ outcome: SubmissionOutcome) -> Void)? = nil
  ) -> [SubmissionOutcome] {
    batch.withLock { _ in
      let outcomes = Mutex<[SubmissionOutcome?]>(Array(repeating: nil, count: submissions.count))
      let next = Atomic<Int>(0)
      Threads.run(min(server.connections, submissions.count)) {
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < submissions.count else { return }
          let outcome = self.send(submissions[index], shouldStop)
          outcomes.withLock {
            $0[index] = outcome
            done?(index, outcome)
          }
        }
      }
      return outcomes.withLock { $0 }.map { $0 ?? SMTPPool.interrupted }
    }
  }

  private static let interrupted = SubmissionOutcome.failed(
    SubmissionFailure(isPermanent: false, isAboutServer: true, words: "interrupted"))

  private func send(_ submission: Submission, _ shouldStop: (@Sendable () -> Bool)?) -> SubmissionOutcome {
    if shouldStop?() == true { return SMTPPool.interrupted }
    if let limit, !limit.wait(unless: shouldStop ?? { false }) { return SMTPPool.interrupted }
    do {
      let connection = try take()
      defer { give(connection) }
      return connection.send(submission, unless: shouldStop)
    } catch let error as TransportError {
      return .failed(
        SubmissionFailure(isPermanent: false, isAboutServer: true, words: "\(server.url): \(error.description)"))
    } catch {
      return .failed(SubmissionFailure(isPermanent: false, isAboutServer: true, words: "\(server.url): \(error)"))
    }
  }

  private func take() throws -> SMTPConnection {
    let (idle, password) = try state.withLock { state in
      let idle = state.idle.popLast()
      if idle == nil, state.password == nil { state.password = try server.password?.read() }
      return (idle, state.password)
    }
    return try idle ?? SMTPConnection(server, password: password)
  }

  private func give(_ connection: SMTPConnection) { state.withLock { $0.idle.append(connection) } }
}
