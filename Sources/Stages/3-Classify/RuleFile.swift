import Foundation
import Rules

/// A YAML file of rules: its name, which sets its place in the order, and its text.
public struct RuleFile: Sendable {
  /// The name without folders; files are read in the order of their names' bytes.
  public let name: String
  public let text: String

  public init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  /// The files that come with the product.
  public static func bundled() -> [RuleFile] {
    (0..<rm_rule_file_count).map { i in
      let file = rm_rule_files[i]
      let bytes = UnsafeBufferPointer(start: file.bytes, count: file.length)
      let path = String(cString: file.name)
      let name = path.split(separator: "/").last.map(String.init) ?? path
      return RuleFile(name: name, text: String(decoding: bytes, as: UTF8.self))
    }
  }

  /// The `.yaml` and `.yml` files of a folder, in the order of their names. Throws what the file system says.
  public static func folder(_ path: String) throws -> [RuleFile] {
    try FileManager.default.contentsOfDirectory(atPath: path)
      .filter { ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.hasPrefix(".") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { name in
        let data = try Data(contentsOf: URL(fileURLWithPath: path).appendingPathComponent(name))
        return RuleFile(name: name, text: String(decoding: data, as: UTF8.self))
      }
  }
}
