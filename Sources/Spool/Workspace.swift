/// Where a workspace keeps what.
public struct Workspace: Sendable {
  /// The workspace's own folder, absolute.
  public let root: String

  public init(root: String) { self.root = root }

  public var lockFile: String { root + "/lock" }
  public var runs: String { root + "/runs" }
  public var quarantine: String { root + "/quarantine" }
  public var database: String { root + "/returnmill.sqlite" }
  /// What `rules install` and `reclassify --apply` have put in force, and the keys that are trusted.
  public var rules: String { root + "/rules" }
  /// A folder for each campaign, with its ledger.
  public var campaigns: String { root + "/campaigns" }
  public var customerService: String { root + "/customer-service" }

  /// What is fetched from servers: a Maildir and a state file for each mailbox.
  public var fetched: String { root + "/fetch" }
  /// The Maildir that a mailbox of this name is fetched into.
  public func maildir(of name: String) -> String { fetched + "/" + name }

  /// The spool of a stage's output: `spool/ingest`, `spool/parse`, `spool/classify`.
  public func spool(_ stage: StageName) -> SpoolFolder {
    SpoolFolder(
      stage: stage, path: root + "/spool/" + stage.rawValue, quarantine: quarantine + "/" + stage.rawValue)
  }
}
