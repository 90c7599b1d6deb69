import Spool

/// Fetches mailboxes from their servers into Maildirs.
///
/// ```swift
/// let report = try Fetcher.fetch(mailbox, stateFolder: workspace.root + "/fetch", options)
/// ```
/// Incremental and resumable: a state file beside each Maildir tells how far it has come, and names of files tell what a
/// run that was killed had stored. Nothing changes on the server unless the mailbox asks for it.
public enum Fetcher {
  /// Times that a connection which broke while it was of use is made again.
  private static let attempts = 3

  /// Fetches what is new. What a server refused, or that it can't be reached, is told in the report.
  ///
  /// - Parameter stateFolder: where the state file is, named for the mailbox.
  /// - Throws: when the state or the Maildir can't be read or written, or `options.check` throws.
  public static func fetch(_ mailbox: RemoteMailbox, stateFolder: String, _ options: FetchOptions) throws -> FetchReport
  {
    let clock = ContinuousClock.now
    var sum = FetchReport(name: mailbox.name, mailbox: mailbox.description, maildir: mailbox.maildir)
    let none = sum
    try Files.makeFolder(stateFolder)
    let path = statePath(of: mailbox, in: stateFolder)
    for attempt in 1...attempts {
      let part =
        switch mailbox.access {
        case .imap: try IMAPFetch(mailbox, options, statePath: path, report: none).run()
        case .pop3: try POP3Fetch(mailbox, options, statePath: path, report: none).run()
        }
      sum.messages += part.messages
      sum.bytes += part.bytes
      sum.settled += part.settled
      sum.failed = part.failed
      sum.notes += part.notes.filter { !sum.notes.contains($0) }
      sum.failure = part.failure
      try options.check()
      if part.failure == nil || part.messages == 0 || attempt == attempts { break }
    }
    let time = clock.duration(to: .now).components
    sum.milliseconds = Int(time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000)
    return sum
  }

  /// The state file of a mailbox.
  public static func statePath(of mailbox: RemoteMailbox, in folder: String) -> String {
    "\(folder)/\(mailbox.name).state.json"
  }
}
