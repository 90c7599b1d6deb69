import Crypto
import Foundation

/// All that a shard's bytes depend on, by name. Two equal keys mean equal output; where they differ, the names say why
/// the shard is stale.
public struct ShardKey: Sendable, Equatable, Codable {
  /// One thing that the output depends on.
  public struct Part: Sendable, Equatable, Codable {
    /// In words that `plan` can print: `stage logic`, `record schema`, `input shard`, `configuration`, `rules` …
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  public var parts: [Part]

  public init(_ parts: [Part]) { self.parts = parts }

  /// The SHA-256 over all parts, in hexadecimal.
  public var digest: String {
    var hash = SHA256()
    for part in parts { hash.update(data: Data("\(part.name)=\(part.value)\n".utf8)) }
    return hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// What makes output with `old`'s key stale, in words; nil when nothing does.
  public func staleness(since old: ShardKey) -> String? {
    if self == old { return nil }
    let before = Dictionary(old.parts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    let now = Set(parts.map(\.name))
    var changed = parts.filter { before[$0.name] != $0.value }.map { "\($0.name) changed" }
    changed += old.parts.filter { !now.contains($0.name) }.map { "\($0.name) no longer counts" }
    return changed.isEmpty ? "the order of the key's parts changed" : changed.joined(separator: ", ")
  }
}
