import ByteSlices
import Transport

/// A mail server that takes a campaign's messages; each connection is kept from message to message.
struct SMTPOutlet: SubmissionOutlet {
  /// One connection's settings: how many there are, and how fast they go, is the pool's matter.
  private let server: SMTPServer

  init(_ server: SMTPServer) {
    var server = server
    server.connections = 1
    server.perSecond = nil
    self.server = server
  }

  var place: String { server.url }

  func connect() throws -> any SubmissionConnection { Connection(server) }

  private final class Connection: SubmissionConnection {
    private let pool: SMTPPool

    init(_ server: SMTPServer) { pool = SMTPPool(server) }

    func submit(_ message: ByteSlice, from sender: ByteSlice, to recipient: ByteSlice) throws -> Acceptance {
      let submission = Submission(
        sender: String(sender), recipients: [String(recipient)], message: Array(message.raw))
      switch pool.send(submission) {
      case .accepted(let reply, let refused):
        // With one recipient, a refusal of it is a failure of the whole.
        guard let first = refused.first else { return .accepted(reply.description) }
        return acceptance(first.failure)
      case .failed(let failure):
        if failure.isAboutServer {
          throw ComposeError.output(
            place: pool.server.url,
            problem: failure.words
              + (failure.mayHaveArrived
                ? " (one message to \(recipient) may have arrived, and will be sent again)" : ""))
        }
        return acceptance(failure)
      }
    }

    private func acceptance(_ failure: SubmissionFailure) -> Acceptance {
      failure.isPermanent ? .refused(failure.words) : .deferred(failure.words)
    }

    func end() {}
  }
}
