import ByteSlices
import Foundation
import NDJSON
import Rules

/// A YAML file of rules: its name, which sets its place in the order, and its text.
public struct RuleFile: Sendable {
  /// The name without folders; files are read in the order of their names' bytes.
  public let name: String
  /// How messages name the file: for a site's own file its path, so that a person finds it.
  public let path: String
  public let text: String
  /// Where the bytes stop being UTF-8, as a line counted from 1.
  let badLine: Int?
  /// Whether it comes with the product, whose tests have tried all its patterns.
  let isBundled: Bool

  public init(name: String, path: String? = nil, text: String) {
    self.name = name
    self.path = path ?? name
    self.text = text
    badLine = nil
    isBundled = false
  }

  /// A file's bytes; what is not UTF-8 is a problem that the reader of rules reports.
  public init(name: String, path: String, bytes: [UInt8]) {
    self.name = name
    self.path = path
    text = String(decoding: bytes, as: UTF8.self)
    badLine = RuleFile.firstBadLine(bytes)
    isBundled = false
  }

  private init(bundled name: String, text: String) {
    self.name = name
    path = name
    self.text = text
    badLine = nil
    isBundled = true
  }

  private init(_ other: RuleFile, name: String) {
    self.name = name
    path = other.path
    text = other.text
    badLine = other.badLine
    isBundled = other.isBundled
  }

  /// The same file under another name, so at another place in the order.
  public func named(_ name: String) -> RuleFile { RuleFile(self, name: name) }

  private static func firstBadLine(_ bytes: [UInt8]) -> Int? {
    if bytes.withByteSlice({ UTF8Sequence.isValid($0) }) { return nil }
    for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where !Array(line).withByteSlice({ UTF8Sequence.isValid($0) }) {
      return index + 1
    }
    return 1
  }

  /// The files that come with the product.
  public static func bundled() -> [RuleFile] {
    (0..<rm_rule_file_count).map { i in
      let file = rm_rule_files[i]
      let bytes = UnsafeBufferPointer(start: file.bytes, count: file.length)
      let path = String(cString: file.name)
      let name = path.split(separator: "/").last.map(String.init) ?? path
      return RuleFile(bundled: name, text: String(decoding: bytes, as: UTF8.self))
    }
  }

  /// A file, or the `.yaml` and `.yml` files of a folder in the order of their names. Throws what the file system says.
  public static func files(at path: String) throws -> [RuleFile] {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    guard isFolder.boolValue else {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      return [RuleFile(name: (path as NSString).lastPathComponent, path: path, bytes: Array(data))]
    }
    return try FileManager.default.contentsOfDirectory(atPath: path)
      .filter { ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.hasPrefix(".") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { name in
        let full = (path as NSString).appendingPathComponent(name)
        return RuleFile(name: name, path: full, bytes: Array(try Data(contentsOf: URL(fileURLWithPath: full))))
      }
  }
}
