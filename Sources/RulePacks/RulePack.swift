import Crypto
import Foundation

/// A set of rule files under a name and a version, signed: how a team ships rules to many machines.
///
/// The file is text: a line `returnmill rule pack 1`, a line for the key and one for the signature, an empty line, and
/// a JSON object. The signature is over the first line and the object, byte for byte as they stand.
public struct RulePack: Sendable, Equatable {
  /// Larger files are refused.
  public static let maxBytes = 16 << 20
  private static let magic = "returnmill rule pack 1\n"

  /// A rule file.
  public struct File: Sendable, Equatable, Codable {
    /// Without folders; sets its place in the order.
    public var name: String
    public var text: String

    public init(name: String, text: String) {
      self.name = name
      self.text = text
    }
  }

  private struct Content: Codable, Equatable {
    var name: String
    var version: PackVersion
    var note: String?
    var files: [File]
  }

  private let content: Content
  /// SHA-256 of the JSON object, in hexadecimal: names the pack's content beyond doubt.
  public let digest: String
  /// The key that signed it.
  public let key: PublicRuleKey

  public var name: String { content.name }
  public var version: PackVersion { content.version }
  /// What its makers say of it.
  public var note: String? { content.note }
  /// In the order of their names.
  public var files: [File] { content.files }

  /// Makes a pack's file.
  public static func make(
    name: String, version: PackVersion, note: String?, files: [File], key: PrivateRuleKey
  ) throws -> Data {
    let files = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let content = Content(name: name, version: version, note: note, files: files)
    try check(content, in: name)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let object = try encoder.encode(content) + Data("\n".utf8)
    let signature = try key.signature(of: Data(magic.utf8) + object)
    let head = "\(magic)key: \(key.publicKey.line)\nsignature: \(signature.base64EncodedString())\n\n"
    let pack = Data(head.utf8) + object
    guard pack.count <= maxBytes else {
      throw RulePackError(.refused, "\(name): a pack of \(pack.count) bytes, but at most \(maxBytes) may be; split it")
    }
    return pack
  }

  /// Reads a pack's file, and checks its signature by a key that is trusted.
  ///
  /// - Parameters:
  ///   - place: how messages name the file.
  ///   - trusted: what the pack's own key line says counts only if it is one of these.
  public init(_ data: Data, in place: String, trusted: [PublicRuleKey]) throws {
    func refused(_ what: String) -> RulePackError { RulePackError(.refused, "\(place): \(what)") }
    let data = Data(data)
    guard data.starts(with: Data(Self.magic.utf8)) else {
      throw refused("not a rule pack: expected its first line to be \"\(Self.magic.dropLast())\"")
    }
    guard let end = data.range(of: Data("\n\n".utf8)), end.lowerBound < 4096 else {
      throw refused("a rule pack without an end of its head; get it again")
    }
    let head = String(decoding: data[Self.magic.utf8.count..<end.lowerBound], as: UTF8.self).split(separator: "\n")
    func field(_ name: String) throws -> String {
      guard let line = head.first(where: { $0.hasPrefix(name + ": ") }) else {
        throw refused("a rule pack without a line \"\(name): …\"; get it again")
      }
      return String(line.dropFirst(name.count + 2))
    }
    let claimed = try PublicRuleKey(line: try field("key"), in: place)
    guard let signature = Data(base64Encoded: try field("signature")) else {
      throw refused("its signature is not Base64; get it again")
    }
    guard let key = trusted.first(where: { $0.bytes == claimed.bytes }) else {
      throw refused(
        "signed by the key \(claimed.name), which is not trusted here; if you know from its owner that the key is "
          + "theirs, run: returnmill rules trust '\(claimed.line)'")
    }
    let object = Data(data[end.upperBound...])
    guard key.verifies(signature, of: Data(Self.magic.utf8) + object) else {
      throw refused("the signature is wrong: it was changed after the key \(key.name) signed it; don't use it")
    }
    do {
      content = try JSONDecoder().decode(Content.self, from: object)
    } catch {
      throw refused("signed, but not the content of a rule pack (\(error)); ask its maker for a newer one")
    }
    try Self.check(content, in: place)
    digest = SHA256.hash(data: object).hex
    self.key = key
  }

  private static func check(_ content: Content, in place: String) throws {
    func refused(_ what: String) -> RulePackError { RulePackError(.refused, "\(place): \(what)") }
    guard isName(content.name) else {
      throw refused("\"\(content.name)\" can't be a pack's name; use letters, digits, '-', '_' and '.', at most 60")
    }
    guard !content.files.isEmpty else { throw refused("no rule files (.yaml or .yml) in it") }
    var seen: Set<String> = []
    for file in content.files {
      guard isName(file.name), file.name.hasSuffix(".yaml") || file.name.hasSuffix(".yml") else {
        throw refused(
          "\"\(file.name)\" can't be a rule file's name; use letters, digits, '-', '_' and '.', and end it by .yaml")
      }
      guard seen.insert(file.name.lowercased()).inserted else { throw refused("the file \(file.name) is in it twice") }
    }
  }

  /// A name that is one in a file system, too, and can't leave its folder.
  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first != 0x2E, first != 0x2D, name.utf8.count <= 60 else { return false }
    return name.utf8.allSatisfy { byte in
      byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte == 0x2D || byte == 0x2E || byte == 0x5F
    }
  }
}
