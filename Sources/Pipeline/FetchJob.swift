import Fetch
import Spool

/// Fetches the mailboxes that are sources, one after the other, and tells what came.
struct FetchJob {
  let configuration: Configuration
  let log: Log
  let progress: Progress

  /// The configured mailboxes, or those of these names.
  func mailboxes(named names: [String] = []) throws -> [RemoteMailbox] {
    let all = configuration.sources.compactMap(\.mailbox)
    for name in names where !all.contains(where: { $0.name == name }) {
      let known = all.map(\.name).joined(separator: ", ")
      throw ConfigurationError(
        "\(name): no mailbox of this name; " + (known.isEmpty ? "the sources name none" : "there are \(known)"))
    }
    return names.isEmpty ? all : all.filter { names.contains($0.name) }
  }

  /// Fetches. One that fails doesn't keep the others from being fetched; its report says why.
  func run(_ mailboxes: [RemoteMailbox], dryRun: Bool) throws -> [FetchReport] {
    var options = FetchOptions()
    options.isDry = dryRun
    options.check = { try Interruption.check() }
    let progress = progress
    options.progress = { messages, total in progress.advance(messages: messages, of: total) }
    var reports: [FetchReport] = []
    for mailbox in mailboxes {
      if let path = [mailbox.password, mailbox.token].lazy.compactMap({ $0?.openFile }).first {
        log.warning("\(path): others may read this password; chmod 600 it")
      }
      if mailbox.security == .none, !["localhost", "127.0.0.1", "::1", "[::1]"].contains(mailbox.host) {
        log.warning("\(mailbox.description): without TLS, password and mail can be read on the way")
      }
      progress.begin("fetch", total: 0)
      let report = try Fetcher.fetch(mailbox, stateFolder: configuration.workspace.fetched, options)
      progress.end()
      for note in report.notes { log.warning("\(mailbox.description): \(note)") }
      if let failure = report.failure { log.error(failure) }
      reports.append(report)
    }
    return reports
  }
}

extension FetchReport {
  /// A line for a person.
  func line(isPlan: Bool = false) -> String {
    var parts = ["\(grouped(messages)) messages\(isPlan ? " to be fetched" : "")"]
    if failed > 0 { parts.append("\(grouped(failed)) can't be had; tried again next time") }
    if settled > 0 { parts.append("\(grouped(settled)) moved, flagged or deleted there") }
    if failure != nil { parts.append("not finished") }
    let seconds = Double(milliseconds) / 1000
    parts.append("\((seconds * 100).rounded() / 100) s")
    return "\(parts.joined(separator: ", ")) from \(mailbox)"
  }
}
