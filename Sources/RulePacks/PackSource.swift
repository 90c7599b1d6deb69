import Foundation
import Transport

/// Gets a pack's bytes from where they are.
public enum PackSource {
  /// Whether it is a URL rather than a file's path.
  public static func isURL(_ place: String) -> Bool { place.contains("://") }

  /// The bytes of a file, or of what an `https:` or `file:` URL names, by libcurl, with TLS verified against the
  /// system's authorities (or those in the file that the environment's `CURL_CA_BUNDLE` names).
  public static func bytes(of place: String) throws -> Data {
    guard isURL(place) else { return try file(place) }
    guard place.hasPrefix("https://") || place.hasPrefix("file://") else {
      throw RulePackError(.refused, "\(place): rule packs are fetched by https: and file: only")
    }
    do {
      return Data(
        try Download.bytes(
          of: place, limit: RulePack.maxBytes, caFile: ProcessInfo.processInfo.environment["CURL_CA_BUNDLE"]))
    } catch {
      throw RulePackError(.refused, "\(place): can't be fetched: \(error); check the address and the network")
    }
  }

  private static func file(_ path: String) throws -> Data {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path))
      guard data.count <= RulePack.maxBytes else {
        throw RulePackError(
          .refused, "\(path): \(data.count) bytes, more than a rule pack may have; is it the right file?")
      }
      return data
    } catch let error as CocoaError {
      throw RulePackError(.refused, "\(path): can't be read: \(error.localizedDescription)")
    }
  }
}
