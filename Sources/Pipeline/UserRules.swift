import Classify
import Foundation
import Spool

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
