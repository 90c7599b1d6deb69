import Classify
import Foundation
import Spool

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
