/// What fetching by either protocol has: the mailbox, how far it has come, where messages are stored, and the report.
class MailboxFetch {
  let mailbox: RemoteMailbox
  let options: FetchOptions
  let statePath: String
  var state: FetchState
  let store: MessageStore
  var report: FetchReport

  init(_ mailbox: RemoteMailbox, _ options: FetchOptions, statePath: String, report: FetchReport) throws {
    self.mailbox = mailbox
    self.options = options
    self.statePath = statePath
    self.report = report
    state = try FetchState(of: mailbox, at: statePath)
    store = try MessageStore(mailbox.maildir)
  }

  /// Does the work. What stopped it is told in the report.
  final func reporting(_ work: () throws -> Void) -> FetchReport {
    do {
      try work()
    } catch {
      report.failure = "\(error)"
    }
    return report
  }

  /// Receives messages. What was received whole before something stopped it is made to last.
  final func receiving(_ messages: () throws -> Void, commit: () throws -> Void) throws {
    do {
      try messages()
    } catch {
      store.abandon()
      try commit()
      throw error
    }
  }
}
