import Classify
import Foundation
import RulePacks
import Spool

extension Configuration {
  /// The rule files and folders that come before the bundled rules, in the order in which they count: those that the
  /// configuration names, then what the workspace has taken over, then its packs.
  public func rulesInForce() throws -> [String] { rules + (try RuleShelf(workspace).folders()) }

  /// The keys that rule packs may be signed with.
  public func trustedKeys() throws -> [PublicRuleKey] {
    let named = try trust.map { entry in
      entry.hasPrefix("returnmill-ed25519 ")
        ? try PublicRuleKey(line: entry, in: "\"trust\" in the configuration")
        : try PublicRuleKey(line: String(decoding: try Files.read(entry), as: UTF8.self), in: entry)
    }
    return try named + RuleShelf(workspace).trustedKeys()
  }
}

extension RuleSet {
  /// The bundled rule files, with the user's own before them.
  ///
  /// - Parameter paths: absolute paths of rule files, or of folders of them, in the order in which they count.
  static func files(user paths: [String]) throws -> [RuleFile] {
    var files: [RuleFile] = []
    for (index, path) in paths.enumerated() {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw ConfigurationError("\(path): no such rule file or folder; mend \"rules\" in the configuration")
      }
      let own = isFolder.boolValue ? try RuleFile.folder(path) : [try RuleFile(path: path)]
      // "00-" sorts before every bundled file.
      let prefix = "00-\(SpoolFolder.name(index))-"
      files += own.map { RuleFile(name: prefix + $0.name, text: $0.text) }
    }
    return files + RuleFile.bundled()
  }
}

extension RuleFile {
  init(path: String) throws {
    let text = String(decoding: try Files.read(path), as: UTF8.self)
    self.init(name: (path as NSString).lastPathComponent, text: text)
  }
}
