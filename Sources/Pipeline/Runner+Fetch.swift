import Fetch
import Spool

extension Runner {
  /// Fetches the mailboxes that are sources, or those of these names, and does no more.
  public func fetch(_ names: [String]) throws -> [FetchReport] {
    let job = FetchJob(configuration: configuration, log: log, progress: progress)
    let mailboxes = try job.mailboxes(named: names)
    guard !mailboxes.isEmpty else {
      throw ConfigurationError(
        "no source is a mailbox on a server; give one such as {\"mailbox\": \"imaps://user@mail.example.org/INBOX\", "
          + "\"password\": {\"file\": \"secret\"}}")
    }
    let lock = try WorkspaceLock(configuration.workspace)
    defer { withExtendedLifetime(lock) {} }
    return try job.run(mailboxes, dryRun: options.dryRun)
  }

  /// What a run does first. A mailbox that can't be fetched doesn't keep the run from working on what is there.
  func fetchAll() throws -> [FetchReport]? {
    let job = FetchJob(configuration: configuration, log: log, progress: progress)
    let mailboxes = try job.mailboxes()
    guard !mailboxes.isEmpty else { return nil }
    if options.dryRun {
      log.info("fetch: nothing is fetched in a dry run; what was fetched before is looked at")
      for mailbox in mailboxes { try Files.makeFolder(mailbox.maildir + "/new") }
      return nil
    }
    return try job.run(mailboxes, dryRun: false)
  }
}

extension [FetchReport] {
  /// The reports for a person, a line each.
  public func summary(isPlan: Bool) -> String { map { "fetch    \($0.line(isPlan: isPlan))\n" }.joined() }
}
