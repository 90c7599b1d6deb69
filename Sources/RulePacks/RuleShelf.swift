import ByteSlices
import Crypto
import Foundation
import Spool

/// The rules that a workspace has in force beside those that its configuration names: `rules/` in the workspace.
///
/// ```
/// rules/installed.json                what is in force, and what was before
/// rules/packs/NAME-VERSION-DIGEST/    the files of a pack
/// rules/own/DIGEST/NNNNNN/            rules that `reclassify --apply` took over
/// rules/trusted/FINGERPRINT.pub       keys that packs may be signed with
/// ```
/// Folders never change once they are there; `installed.json`, written in one step, says which count. To be changed
/// under the workspace's lock only.
public struct RuleShelf: Sendable {
  /// A pack that is in force, or was.
  public struct Pack: Sendable, Codable, Equatable {
    public var name: String
    public var version: PackVersion
    /// SHA-256 of its content, as the signature covers it.
    public var digest: String
    /// The key that signed it, as people know it.
    public var key: String
    /// The file or URL that it came from.
    public var from: String
    public var installed: Date
    /// Relative to `rules/`.
    var folder: String
    /// Of the files in the folder.
    var content: String
  }

  /// The site's own rules, taken over into the workspace.
  public struct Own: Sendable, Codable, Equatable {
    /// SHA-256 of the files' names and bytes.
    public var digest: String
    /// The paths that they came from.
    public var from: [String]
    public var installed: Date
    /// Relative to `rules/`, in the order in which they count.
    var folders: [String]
  }

  /// What is in force at a time.
  public struct State: Sendable, Codable, Equatable {
    public var own: Own?
    /// By name, which is the order in which they count.
    public var packs: [Pack] = []

    public init() {}
  }

  private struct Book: Codable {
    var current = State()
    /// The latest last.
    var former: [State] = []
  }

  /// How many steps back are kept.
  private static let memory = 20

  private let root: String

  public init(_ workspace: Workspace) { root = workspace.rules }

  // MARK: what counts

  /// What is in force.
  public func state() throws -> State { try book().current }

  /// What was in force before, if anything is known of that.
  public func former() throws -> State? { try book().former.last }

  /// The folders of the rule files of a state, in the order in which they count: the site's own, then packs.
  ///
  /// Throws when what lies there is not what was installed.
  public func folders(of state: State) throws -> [String] {
    var folders: [String] = []
    if let own = state.own {
      let files = try own.folders.map { try read(root + "/" + $0) }
      try check(Self.digest(of: files.flatMap(\.self)), own.digest, "own rules", own.folders.first ?? "own")
      folders += own.folders.map { root + "/" + $0 }
    }
    for pack in state.packs {
      try check(Self.digest(of: try read(root + "/" + pack.folder)), pack.content, "pack \(pack.name)", pack.folder)
      folders.append(root + "/" + pack.folder)
    }
    return folders
  }

  /// The folders of what is in force.
  public func folders() throws -> [String] { try folders(of: state()) }

  private func check(_ found: String, _ expected: String, _ what: String, _ folder: String) throws {
    guard found == expected else {
      throw RulePackError(
        .damaged,
        "\(root)/\(folder): the files of the \(what) are not those that were installed; install them again, or go back "
          + "by `returnmill rules rollback`")
    }
  }

  // MARK: changing it

  /// Lays a pack's files down, without putting them in force, and gives the state that would be.
  ///
  /// - Parameter allowOlder: whether a version may be older than the one in force, or another content of the same one.
  /// - Returns: nil when this very pack is in force already.
  public func prepare(_ pack: RulePack, from place: String, at time: Date, allowOlder: Bool) throws -> State? {
    var state = try state()
    if let present = state.packs.first(where: { $0.name == pack.name }) {
      if present.digest == pack.digest { return nil }
      if !allowOlder, pack.version < present.version {
        throw RulePackError(
          .refused,
          "\(place): version \(pack.version) of \(pack.name) is older than \(present.version), which is in force; to go "
            + "back to it all the same, add --allow-older")
      }
      if !allowOlder, pack.version == present.version {
        throw RulePackError(
          .refused,
          "\(place): version \(pack.version) of \(pack.name) is in force with another content (digest "
            + "\(present.digest.prefix(12)), here \(pack.digest.prefix(12))); ask its maker which one counts, and add "
            + "--allow-older to take this one")
      }
    }
    let folder = "packs/\(pack.name)-\(pack.version)-\(pack.digest.prefix(12))"
    let files = pack.files.map { (name: $0.name, bytes: Data($0.text.utf8)) }
    try lay(files, in: folder)
    state.packs.removeAll { $0.name == pack.name }
    state.packs.append(
      Pack(
        name: pack.name, version: pack.version, digest: pack.digest, key: pack.key.name, from: place, installed: time,
        folder: folder, content: Self.digest(of: files)))
    state.packs.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    return state
  }

  /// Copies rule files in, without putting them in force, and gives the state that would be.
  ///
  /// - Parameter paths: files or folders of them, in the order in which they count; none for no rules of the site's own.
  public func prepareOwn(_ paths: [String], at time: Date) throws -> State {
    var state = try state()
    guard !paths.isEmpty else {
      state.own = nil
      return state
    }
    let sets = try paths.map(read)
    let digest = Self.digest(of: sets.flatMap(\.self))
    let folders = sets.indices.map { "own/\(digest.prefix(12))/\(SpoolFolder.name($0))" }
    for (folder, files) in zip(folders, sets) { try lay(files, in: folder) }
    state.own = Own(digest: digest, from: paths, installed: time, folders: folders)
    return state
  }

  /// Puts a state in force, in one step.
  public func commit(_ state: State) throws {
    var book = try book()
    guard state != book.current else { return }
    book.former.append(book.current)
    book.former = book.former.suffix(Self.memory)
    book.current = state
    try write(book)
  }

  /// Puts in force again what was before the last change.
  public func rollBack() throws {
    var book = try book()
    guard let former = book.former.popLast() else {
      throw RulePackError(.refused, "\(root): nothing was installed here, so there is nothing to go back to")
    }
    book.current = former
    try write(book)
  }

  /// Removes folders that no state names: of packs that were looked at and not installed, or that are forgotten.
  public func sweep() throws {
    let book = try book()
    let states = book.former + [book.current]
    let kept = Set(states.flatMap { $0.packs.map(\.folder) })
    for name in try Files.names(in: root + "/packs") where !kept.contains("packs/" + name) {
      try remove(root + "/packs/" + name)
    }
    let own = Set(states.compactMap { $0.own.map { "own/\($0.digest.prefix(12))" } })
    for name in try Files.names(in: root + "/own") where !own.contains("own/" + name) {
      try remove(root + "/own/" + name)
    }
  }

  // MARK: keys

  /// The keys that the workspace trusts.
  public func trustedKeys() throws -> [PublicRuleKey] {
    try Files.names(in: root + "/trusted").filter { $0.hasSuffix(".pub") }.map { name in
      let path = root + "/trusted/" + name
      return try PublicRuleKey(line: String(decoding: try Files.read(path), as: UTF8.self), in: path)
    }
  }

  /// Trusts a key from now on.
  public func trust(_ key: PublicRuleKey) throws {
    try Files.makeFolder(root + "/trusted")
    try Files.writeAtomically(key.line + "\n", to: "\(root)/trusted/\(key.fingerprint).pub")
  }

  // MARK: files

  private var bookPath: String { root + "/installed.json" }

  private func book() throws -> Book {
    guard Files.exists(bookPath) else { return Book() }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(Book.self, from: Data(try Files.read(bookPath)))
    } catch let error as DecodingError {
      throw RulePackError(
        .damaged, "\(bookPath): not readable (\(error)); move it away, and install the rule packs again")
    }
  }

  private func write(_ book: Book) throws {
    try Files.makeFolder(root)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    try Files.writeAtomically(String(decoding: try encoder.encode(book), as: UTF8.self) + "\n", to: bookPath)
  }

  /// The rule files of a folder, or a file, by name.
  private func read(_ path: String) throws -> [(name: String, bytes: Data)] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw RulePackError(.damaged, "\(path): no such rule file or folder")
    }
    if !isFolder.boolValue { return [((path as NSString).lastPathComponent, Data(try Files.read(path)))] }
    return try Files.names(in: path)
      .filter { ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.hasPrefix(".") }
      .map { ($0, Data(try Files.read(path + "/" + $0))) }
  }

  /// Makes a folder of files, so that it is there in full or not at all.
  private func lay(_ files: [(name: String, bytes: Data)], in folder: String) throws {
    let path = root + "/" + folder
    if Files.exists(path), Self.digest(of: try read(path)) == Self.digest(of: files) { return }
    let temporary = path + ".tmp"
    try remove(temporary)
    try Files.makeFolder(temporary)
    for file in files {
      try Array(file.bytes).withByteSlice { try Files.writeAtomically($0, to: temporary + "/" + file.name) }
    }
    try Files.syncFolder(temporary)
    try remove(path)
    guard rename(temporary, path) == 0 else {
      throw RulePackError(
        .damaged, "\(path): the folder can't be put in its place: \(String(cString: strerror(errno)))")
    }
    try Files.syncFolder((path as NSString).deletingLastPathComponent)
  }

  private func remove(_ path: String) throws {
    guard Files.exists(path) else { return }
    try FileManager.default.removeItem(atPath: path)
  }

  private static func digest(of files: [(name: String, bytes: Data)]) -> String {
    var hash = SHA256()
    for file in files {
      hash.update(data: Data("\(file.name)\0\(file.bytes.count)\0".utf8))
      hash.update(data: file.bytes)
    }
    return hash.finalize().hex
  }
}
