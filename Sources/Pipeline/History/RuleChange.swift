import Classify
import Foundation
import RulePacks
import Spool

/// A change of the rules that a workspace judges by: prepared, shown on the history, and put in force, all under the
/// workspace's lock.
public final class RuleChange {
  private let configuration: Configuration
  private var lock: WorkspaceLock?
  private let shelf: RuleShelf

  /// Takes the lock.
  ///
  /// - Parameter isNew: whether there may be no workspace yet; it is then made.
  public init(_ configuration: Configuration, isNew: Bool = false) throws {
    self.configuration = configuration
    guard isNew || Files.exists(configuration.workspace.root) else {
      throw ConfigurationError(
        "\(configuration.workspace.root): no such workspace, so there is no history; start with: returnmill run PATH… "
          + "--workspace DIR")
    }
    lock = try WorkspaceLock(configuration.workspace)
    shelf = RuleShelf(configuration.workspace)
  }

  /// Gives the lock back; nothing may follow.
  public func release() { lock = nil }

  /// What would be, by which rule files. Nothing is in force until `commit`.
  public struct Candidate: Sendable {
    /// Rule files and folders, in the order in which they count.
    public var rules: [String]
    /// nil when the workspace's own shelf stays as it is.
    fileprivate var state: RuleShelf.State?
  }

  /// The rules that are in force now.
  public func current() throws -> Candidate { Candidate(rules: try configuration.rulesInForce()) }

  /// The site's own rules replaced by those of `paths`; packs stay.
  ///
  /// - Parameter forGood: whether it can be committed. The rules are then copied into the workspace, unless the
  ///   configuration names them anyway.
  public func replacingOwn(by paths: [String], forGood: Bool) throws -> Candidate {
    let paths = paths.map { Configuration.absolute($0, to: FileManager.default.currentDirectoryPath) }
    for path in paths where !Files.exists(path) { throw ConfigurationError("\(path): no such rule file or folder") }
    var bare = try shelf.state()
    bare.own = nil
    let packs = try shelf.folders(of: bare)
    if paths == configuration.rules, try shelf.state().own == nil {
      return Candidate(rules: paths + packs)
    }
    guard forGood else { return Candidate(rules: paths + packs) }
    guard configuration.rules.isEmpty || paths == configuration.rules else {
      throw ConfigurationError(
        "the configuration names rules of its own (\(configuration.rules.joined(separator: ", "))); change the files "
          + "there, or let \"rules\" name \(paths.joined(separator: ", ")), and run `returnmill run`")
    }
    // Invalid rules must not be copied into place.
    _ = try RuleSet(files: RuleSet.files(user: paths + packs))
    let state = try shelf.prepareOwn(paths == configuration.rules ? [] : paths, at: Date())
    return Candidate(rules: configuration.rules + (try shelf.folders(of: state)), state: state)
  }

  /// A pack, fetched and checked: its signature, its version, its rules and their examples.
  ///
  /// - Returns: the pack; and no candidate when it is in force already.
  public func installing(_ place: String, allowOlder: Bool) throws -> (pack: RulePack, candidate: Candidate?) {
    let pack = try RulePack(
      try PackSource.bytes(of: place), in: place, trusted: try configuration.trustedKeys())
    let from =
      PackSource.isURL(place) ? place : Configuration.absolute(place, to: FileManager.default.currentDirectoryPath)
    guard let state = try shelf.prepare(pack, from: from, at: Date(), allowOlder: allowOlder) else {
      return (pack, nil)
    }
    let candidate = Candidate(rules: configuration.rules + (try shelf.folders(of: state)), state: state)
    // All rules together must compile; the pack's examples hold for the pack: a site's own rules may decide otherwise.
    _ = try RuleSet(files: RuleSet.files(user: candidate.rules))
    var alone = RuleShelf.State()
    alone.packs = state.packs.filter { $0.name == pack.name }
    try RuleChange.check(try shelf.folders(of: alone))
    return (pack, candidate)
  }

  /// What was in force before the last change.
  public func goingBack() throws -> Candidate {
    guard let former = try shelf.former() else {
      throw RulePackError(
        .refused, "\(configuration.workspace.rules): nothing was installed here, so there is nothing to go back to")
    }
    return Candidate(rules: configuration.rules + (try shelf.folders(of: former)))
  }

  /// Shows a candidate on the history.
  public func rejudge(_ candidate: Candidate, workers: Int, samples: Int, progress: Progress) throws
    -> Rejudgement.Report
  {
    try Rejudgement(
      configuration: configuration, rules: candidate.rules, workers: workers, samples: samples, progress: progress
    ).run()
  }

  /// Puts a candidate in force; the next run judges by it.
  public func commit(_ candidate: Candidate) throws {
    if let state = candidate.state { try shelf.commit(state) }
    try shelf.sweep()
  }

  /// Puts in force again what was before the last change.
  public func rollBack() throws {
    try shelf.rollBack()
    try shelf.sweep()
  }

  /// Forgets what was prepared and not committed.
  public func giveUp() throws { try shelf.sweep() }

  /// The rules of a folder as a pack of their own name would hold them, checked as `rules pack` wants them, and what
  /// its maker should hear about them all the same.
  public static func files(of folder: String) throws -> (files: [RulePack.File], warnings: [RuleProblem]) {
    let path = Configuration.absolute(folder, to: FileManager.default.currentDirectoryPath)
    guard Files.exists(path) else { throw ConfigurationError("\(path): no such folder of rule files") }
    let files = try RuleSet.files(user: [path]).filter { $0.name.hasPrefix(prefix) }
      .map { RulePack.File(name: String($0.name.dropFirst(prefix.count)), text: $0.text) }
    return (files, try check([path]))
  }

  /// What `RuleSet.files(user:)` puts before the names of the files of the first path.
  private static let prefix = "00-\(SpoolFolder.name(0))-"

  /// Compiles rules beside the bundled ones, and runs their examples. Returns the warnings, throws the errors.
  @discardableResult
  private static func check(_ rules: [String]) throws -> [RuleProblem] {
    let bundled = Set(RuleFile.bundled().map(\.name))
    let problems = try RuleSet(files: RuleSet.files(user: rules)).check().filter { !bundled.contains($0.file) }
    let errors = problems.filter { $0.severity == .error }
    if !errors.isEmpty { throw RuleError(problems: errors) }
    return problems
  }
}
