import Foundation
import GRDB

/// A folder of its own for one test, with a workspace in it; removed when the test is over.
final class Workshop {
  let folder: URL
  var workspace: URL { folder.appending(path: "work") }
  var database: URL { workspace.appending(path: "returnmill.sqlite") }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "returnmill-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes a file in the folder, and gives its path.
  @discardableResult
  func write(_ name: String, _ data: Data) throws -> String {
    let file = folder.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
    return file.path
  }

  /// Copies a folder's files, and gives the copy. (FileManager's own copy wants to keep owner and group, which not every
  /// user may.)
  func copy(_ original: URL, as name: String) throws -> URL {
    let copy = folder.appending(path: name)
    try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
    for case let file as String in FileManager.default.enumerator(atPath: original.path) ?? .init() {
      let source = original.appending(path: file)
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: source.path, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue {
        try FileManager.default.createDirectory(at: copy.appending(path: file), withIntermediateDirectories: true)
      } else {
        try write("\(name)/\(file)", Data(contentsOf: source))
      }
    }
    return copy
  }

  /// The arguments that make a command work here.
  func here(_ arguments: String...) -> [String] { arguments + ["--workspace", workspace.path, "--quiet"] }

  /// Every spool file, data and manifests, by its path in the workspace.
  func spool() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for area in ["spool", "quarantine"] {
      let top = workspace.appending(path: area)
      for case let name as String in FileManager.default.enumerator(atPath: top.path) ?? .init() {
        var isFolder: ObjCBool = false
        let file = top.appending(path: name)
        guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), !isFolder.boolValue else {
          continue
        }
        files[area + "/" + name] = try Data(contentsOf: file)
      }
    }
    return files
  }

  /// When each spool file was last written.
  func spoolTimes() throws -> [String: Date] {
    try Dictionary(
      uniqueKeysWithValues: spool().keys.map {
        let attributes = try FileManager.default.attributesOfItem(atPath: workspace.appending(path: $0).path)
        return ($0, attributes[.modificationDate] as? Date ?? .distantPast)
      })
  }

  /// The manifests of a stage, in the order of their shards.
  func manifests(_ stage: String) throws -> [Manifest] {
    let folder = workspace.appending(path: "spool/\(stage)")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".manifest.json") }
      .map { try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: folder.appending(path: $0))) }
  }

  /// What the tests want to know of a shard.
  struct Manifest: Decodable {
    var input: Int
    var output: Int
    var quarantined: Int
  }

  /// Every row of every table, in a fixed order, but for `runs`, which tells when what was run, and other tables named.
  func rows(but others: Set<String> = []) throws -> [String] {
    let queue = try DatabaseQueue(path: database.path)
    return try queue.read { db in
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
      return try tables.filter { $0 != "runs" && !others.contains($0) }.flatMap { table in
        try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"").map { "\(table): \($0.description)" }.sorted()
      }
    }
  }

  /// One value of the database.
  func value(_ sql: String) throws -> Int? {
    try DatabaseQueue(path: database.path).read { try Int.fetchOne($0, sql: sql) }
  }
}
