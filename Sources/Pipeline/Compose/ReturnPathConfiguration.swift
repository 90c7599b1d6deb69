import Compose
import Foundation
import Records
import ReturnPath
import Spool

/// What `"return_path"` in the configuration says: how return paths are written, and by which keys events are verified.
public struct ReturnPathConfiguration: Sendable, Equatable {
  /// The form of the envelope sender; needed to compose, not to verify.
  public var address: ReturnAddress?
  /// A file, or `env:NAME`.
  public var keys: String
  /// Days for which a token counts.
  public var days = 90
  /// Categories whose events count though they are not verified.
  public var actOnUnverified: Set<Records.Category> = []

  init(_ object: inout ConfigurationReader, relativeTo folder: String) throws {
    if let form = try object.string("address") {
      do { address = try ReturnAddress(form, key: "return_path.address") } catch { throw object.error("\(error)") }
    }
    guard let keys = try object.string("keys") else {
      throw object.error("\"keys\" is missing: a file of keys, or env:NAME; `returnmill token keygen` makes keys")
    }
    self.keys = keys.hasPrefix("env:") ? keys : Configuration.absolute(keys, to: folder)
    days = try object.count("days", most: 36_500) ?? days
    actOnUnverified = Set(
      try object.strings("act_on_unverified").flatMap { name -> [Records.Category] in
        if name == "all" { return Records.Category.allCases }
        guard let category = Records.Category(rawValue: name) else {
          throw object.error(
            "\"act_on_unverified\": expected \"all\", or some of "
              + Records.Category.allCases.map(\.rawValue).joined(separator: ", ") + "; found \"\(name)\"")
        }
        return [category]
      })
  }

  /// Reads the keys.
  public func keyring() throws -> Keyring {
    if keys.hasPrefix("env:") {
      let name = String(keys.dropFirst(4))
      guard let text = ProcessInfo.processInfo.environment[name] else {
        throw ConfigurationError(
          "return_path: \"keys\": the environment variable \(name) is not set; it holds what `returnmill token keygen` prints"
        )
      }
      return try Keyring(text: text, from: "the environment variable \(name)")
    }
    let text: String
    do { text = String(decoding: try Files.read(keys), as: UTF8.self) } catch {
      throw ConfigurationError(
        "return_path: \"keys\": \(error); make the file with: returnmill token keygen --keys \(keys)")
    }
    return try Keyring(text: text, from: keys)
  }

  /// What composing needs.
  public func settings() throws -> ReturnPathSettings {
    guard let address else {
      throw ConfigurationError(
        "return_path: \"address\" is missing, and composing needs it; for example \"bounces+{token}@example.org\"")
    }
    return ReturnPathSettings(address: address, keyring: try keyring(), days: days)
  }
}
