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
  public static func files(user paths: [String]) throws -> [RuleFile] {
    try siteFiles(paths, mend: "mend \"rules\" in the configuration") + RuleFile.bundled()
  }

  /// A site's own rule files, named so that they stand before every bundled file.
  ///
  /// - Parameter mend: what to do when there is no such file.
  public static func siteFiles(_ paths: [String], mend: String) throws -> [RuleFile] {
    try paths.enumerated().flatMap { index, path -> [RuleFile] in
      guard FileManager.default.fileExists(atPath: path) else {
        throw ConfigurationError("\(path): no such rule file or folder; \(mend)")
      }
      return try RuleFile.files(at: path).map { $0.named("00-\(SpoolFolder.name(index))-\($0.name)") }
    }
  }
}
