import Foundation
import GRDB
import ByteSlices
import Compose
import ReturnPath
import Spool
import Store

/// What a token says, for a person or a program that has one in hand.
public struct TokenFinding: Codable, Sendable {
  /// `valid`, `expired`, `forged`, or `unknown` (signed, but of nobody on the roster, or of an address that was changed).
  public var standing: String
  /// `return_path` or `unsubscribe`.
  public var purpose: String?
  public var address: String?
  /// The subscriber's key in the system it comes from.
  public var key: String?
  public var list: String?
  public var campaign: String?
  /// Days in UTC, the last included.
  public var issued: String?
  public var expires: String?

  public var counts: Bool { standing == "valid" }

  /// - Parameter time: at which it is to count, in seconds since 1970.
  public init(_ text: String, _ configuration: Configuration, at time: Int) throws {
    guard let returnPath = configuration.returnPath else {
      throw ConfigurationError("\"return_path\" is missing in the configuration: there are no keys to check a token by")
    }
    let keyring = try returnPath.keyring()
    var found: ReturnToken?
    text.withByteSlice { TokenText.forEach(in: $0) { found = found ?? keyring.verify($0) } }
    guard let token = found else {
      standing = "forged"
      return
    }
    purpose = token.purpose == .returnPath ? "return_path" : "unsubscribe"
    issued = TokenFinding.day(Int(token.issued))
    expires = TokenFinding.day(Int(token.issued) + Int(token.days))
    standing = token.validity.contains(time) ? "valid" : "expired"
    guard Files.exists(configuration.database) else {
      standing = "unknown"
      return
    }
    try Store.open(configuration.database, create: false).read { db in
      if let row = try Row.fetchOne(
        db, sql: "SELECT name, list FROM campaigns WHERE id = ?", arguments: [Int(token.campaign)])
      {
        campaign = row[0]
        list = row[1]
      }
      let row = try Row.fetchOne(
        db, sql: "SELECT address, address_key, key FROM roster WHERE id = ?", arguments: [token.subscriber])
      guard let row, (row[1] as String).withByteSlice({ ReturnToken.mark(of: $0) }) == token.addressMark else {
        standing = "unknown"
        return
      }
      address = row[0]
      key = row[2]
    }
  }

  private static func day(_ day: Int) -> String {
    Date(timeIntervalSince1970: Double(day) * 86_400).formatted(.iso8601.year().month().day())
  }

  public func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  public var text: String {
    var lines = [
      standing + (purpose.map { ", made for \($0 == "return_path" ? "a return path" : "unsubscribing")" } ?? "")
    ]
    if let address { lines.append("subscriber  \(address)\(key.map { $0 == address ? "" : " (\($0))" } ?? "")") }
    if let campaign { lines.append("campaign    \(campaign)\(list.map { ", list \($0)" } ?? "")") }
    if let issued, let expires { lines.append("counts      from \(issued) to \(expires)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
