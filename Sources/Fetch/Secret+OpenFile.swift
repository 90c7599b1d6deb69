import Foundation
import Transport

extension Secret {
  /// A file that others may read, to be warned of.
  public var openFile: String? {
    guard case .file(let path) = self,
      let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    else { return nil }
    return mode & 0o044 == 0 ? nil : path
  }
}
