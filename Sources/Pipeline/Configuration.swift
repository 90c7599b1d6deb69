import Act
import Fetch
import Foundation
import Spool
import Subscribers

/// What `pipeline.json` says. Relative paths in the file are relative to the file; here they are absolute.
public struct Configuration: Sendable {
  /// An archive to read.
  public struct Source: Sendable, Equatable {
    public var path: String
    /// Keep the messages' bytes in the spool, for a mailbox that will be emptied.
    public var embed: Bool
    /// The mailbox on a server that `path`, a Maildir, is fetched from.
    public var mailbox: RemoteMailbox?

    public init(path: String, embed: Bool = false, mailbox: RemoteMailbox? = nil) {
      self.path = path
      self.embed = embed
      self.mailbox = mailbox
    }
  }

  public var sources: [Source] = []
  /// The folder that spool, database and the rest live in.
  public var workspace: Workspace
  /// The user's own rule files, or folders of them; they come before the bundled rules.
  public var rules: [String] = []
  /// Public keys that rule packs may be signed with, beside those that the workspace trusts: their lines, or absolute
  /// paths of files with one.
  public var trust: [String] = []
  /// The SQLite file; by default in the workspace.
  public var database: String
  /// Headers that the parse record keeps beside its own choice, in lower case.
  public var headers: [String] = []
  /// Headers of the returned original that records carry along, in lower case: a subscriber's id, a campaign's.
  public var originalHeaders: [String] = []
  /// Who reads what, with absolute folders. `customer_service` has one in the workspace unless the file names another.
  public var dispositions: Dispositions
  /// When an address is suppressed.
  public var policy = Policy.default
  public var brake = Brake()
  /// Which columns of a file of subscribers mean what.
  public var subscribers = ColumnMap()
  /// The keys of return paths, and how these are written; nil where events are not verified.
  public var returnPath: ReturnPathConfiguration?
  /// How much of a message is read.
  public var limits = Limits()
  /// True when the sources came from the command line, so that the workspace remembers them in a file of its own.
  public var isOwn = false

  public init(workspace: String) throws {
    self.workspace = Workspace(root: workspace)
    database = self.workspace.database
    dispositions = try Dispositions(folders: [Dispositions.customerService: self.workspace.customerService])
  }
}

/// What `lists` says of one list: the return addresses that tell that a message is about it.
private struct ListAddresses: Decodable {
  var masks: [String]

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    let masks = (try? value.decode([String].self)) ?? (try? [value.decode(String.self)])
    guard let masks, masks.allSatisfy({ !$0.isEmpty }) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "expected a return address, or a list of them"))
    }
    self.masks = masks
  }
}

/// Something in the configuration or on the command line that can't be used; names the file and the key.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) { self.description = description }
}

extension Configuration {
  /// Reads a configuration file.
  public init(file: String) throws {
    let path = Self.absolute(file, to: FileManager.default.currentDirectoryPath)
    let bytes: [UInt8]
    do {
      bytes = try Files.read(path)
    } catch {
      throw ConfigurationError("\(error); name a file by --config, or give sources on the command line")
    }
    let json: Any
    do {
      json = try JSONSerialization.jsonObject(with: Data(bytes))
    } catch {
      let place = (error as NSError).userInfo["NSDebugDescription"] as? String ?? "\(error)"
      throw ConfigurationError("\(path): not valid JSON: \(place)")
    }
    let folder = (path as NSString).deletingLastPathComponent
    var top = try ConfigurationReader(json, at: "", in: path)
    try self.init(workspace: Self.absolute(try top.string("workspace") ?? "work", to: folder))
    sources = try top.objects("sources", orStrings: "path").map { object in
      var object = object
      let mailbox = try RemoteMailbox(&object, folder: folder, workspace: workspace)
      let source = try object.string("path")
      guard let source = source ?? mailbox?.maildir else {
        throw object.error("\"path\" or \"mailbox\" is missing")
      }
      let embed = try object.bool("embed") ?? false
      try object.end()
      var read = Source(path: Self.absolute(source, to: folder), embed: embed, mailbox: mailbox)
      read.mailbox?.maildir = read.path
      return read
    }
    try checkNames(of: sources.compactMap(\.mailbox), in: path)
    rules = try top.strings("rules").map { Self.absolute($0, to: folder) }
    trust = try top.strings("trust").map { $0.hasPrefix("returnmill-ed25519 ") ? $0 : Self.absolute($0, to: folder) }
    if let database = try top.string("database") { self.database = Self.absolute(database, to: folder) }
    headers = try top.strings("headers").map { $0.lowercased() }
    originalHeaders = try top.strings("original_headers").map { $0.lowercased() }
    if var own = try top.decode("dispositions", as: Dispositions.self) {
      own.folders.merge(dispositions.folders.filter { own.targets[$0.key] == nil }) { own, _ in own }
      dispositions = own
    }
    if var own = try top.object("limits") {
      limits = try Limits(&own)
      try own.end()
    }
    policy = try top.decode("policy", as: Policy.self) ?? .default
    policy.lists = try top.decode("lists", as: [String: ListAddresses].self)?.mapValues(\.masks) ?? [:]
    if var own = try top.object("return_path") {
      returnPath = try ReturnPathConfiguration(&own, relativeTo: folder)
      try own.end()
      policy.actOnUnverified = returnPath?.actOnUnverified ?? []
    }
    brake = try top.decode("brake", as: Brake.self) ?? Brake()
    subscribers = try top.decode("subscribers", as: ColumnMap.self) ?? ColumnMap()
    try top.end()
  }

  /// The smallest file that says the same: written into a workspace whose sources came from the command line. What a
  /// person added to an earlier such file (a policy, rules) stays in it.
  ///
  /// - Parameter old: the file's text so far.
  public func encoded(over old: Data? = nil) throws -> String {
    var members = old.flatMap { try? JSONSerialization.jsonObject(with: $0) as? [String: Any] } ?? ["workspace": "."]
    members["sources"] = sources.map { source -> [String: Any] in
      var members: [String: Any] = source.mailbox?.members ?? [:]
      if source.path != source.mailbox.map({ workspace.maildir(of: $0.name) }) { members["path"] = source.path }
      if source.embed { members["embed"] = true }
      return members
    }
    let json = try JSONSerialization.data(
      withJSONObject: members, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    return String(decoding: json, as: UTF8.self) + "\n"
  }

  /// The same configuration with another workspace; what the file placed elsewhere stays there.
  mutating func move(to folder: String) {
    let moved = Workspace(root: folder)
    if database == workspace.database { database = moved.database }
    if dispositions.folders[Dispositions.customerService] == workspace.customerService {
      dispositions.folders[Dispositions.customerService] = moved.customerService
    }
    for index in sources.indices {
      guard let name = sources[index].mailbox?.name, sources[index].path == workspace.maildir(of: name) else {
        continue
      }
      sources[index].path = moved.maildir(of: name)
      sources[index].mailbox?.maildir = moved.maildir(of: name)
    }
    workspace = moved
  }

  /// Two mailboxes of one name would share a Maildir.
  private func checkNames(of mailboxes: [RemoteMailbox], in file: String) throws {
    var seen: Set<String> = []
    for mailbox in mailboxes where !seen.insert(mailbox.name).inserted {
      throw ConfigurationError(
        "\(file): sources: two mailboxes have the name \"\(mailbox.name)\"; give one of them another \"name\"")
    }
  }

  /// A path made absolute and free of `.` and `..`; symbolic links stay.
  public static func absolute(_ path: String, to folder: String) -> String {
    let expanded = path.hasPrefix("~") ? (path as NSString).expandingTildeInPath : path
    let joined = expanded.hasPrefix("/") ? expanded : folder + "/" + expanded
    var parts: [Substring] = []
    for part in joined.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}

extension Configuration {
  /// The configuration for a command line: a named file; or sources given as arguments; or `pipeline.json` here, or in
  /// the workspace.
  ///
  /// Sources given as arguments are added to those that the workspace already knows, and remembered there.
  public static func resolve(file: String?, workspace: String?, sources: [String]) throws -> Configuration {
    let here = FileManager.default.currentDirectoryPath
    let folder = workspace.map { absolute($0, to: here) }
    var configuration: Configuration
    if let file {
      configuration = try Configuration(file: file)
      if let folder { configuration.move(to: folder) }
    } else if let folder {
      let own = folder + "/pipeline.json"
      configuration = Files.exists(own) ? try Configuration(file: own) : try Configuration(workspace: folder)
      configuration.isOwn = true
      if !Files.exists(own), sources.isEmpty, Files.exists(here + "/pipeline.json") {
        configuration = try Configuration(file: here + "/pipeline.json")
        configuration.move(to: folder)
      }
    } else if sources.isEmpty || Files.exists(here + "/pipeline.json") {
      configuration = try Configuration(file: "pipeline.json")
    } else {
      let own = here + "/work/pipeline.json"
      configuration = Files.exists(own) ? try Configuration(file: own) : try Configuration(workspace: here + "/work")
      configuration.isOwn = true
    }
    for source in sources {
      let path = absolute(source, to: here)
      guard Files.exists(path) else { throw ConfigurationError("\(source): no such file or folder") }
      if !configuration.sources.contains(where: { $0.path == path }) {
        configuration.sources.append(Source(path: path))
      }
    }
    return configuration
  }
}
