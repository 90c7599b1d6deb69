import Crypto
import Foundation

/// The public half of a key that rule packs are signed with (Ed25519, RFC 8032).
///
/// As text it is a line: `returnmill-ed25519`, the 32 bytes in Base64, and whose key it is.
public struct PublicRuleKey: Sendable, Equatable {
  static let prefix = "returnmill-ed25519"

  /// The 32 bytes.
  public let bytes: Data
  /// Whose key it is; for people only.
  public let comment: String

  init(bytes: Data, comment: String) {
    self.bytes = bytes
    self.comment = comment
  }

  /// Reads a key's line.
  ///
  /// - Parameter place: how messages name where the line stands.
  public init(line: String, in place: String) throws {
    let fields = line.split(whereSeparator: \.isWhitespace)
    guard fields.count >= 2, fields[0] == Self.prefix, let bytes = Data(base64Encoded: String(fields[1])),
      (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil
    else {
      throw RulePackError(
        .refused,
        "\(place): not a public key for rule packs: expected \"\(Self.prefix)\" and 32 bytes in Base64, as in the .pub "
          + "file that `returnmill rules keygen` writes")
    }
    self.init(bytes: bytes, comment: fields.dropFirst(2).joined(separator: " "))
  }

  /// The line, without a line end.
  public var line: String {
    "\(Self.prefix) \(bytes.base64EncodedString())\(comment.isEmpty ? "" : " " + comment)"
  }

  /// The first 16 hexadecimal digits of the bytes' SHA-256: how messages name the key.
  public var fingerprint: String { String(SHA256.hash(data: bytes).hex.prefix(16)) }

  /// Whose key it is, and which.
  public var name: String { comment.isEmpty ? fingerprint : "\(fingerprint) (\(comment))" }

  func verifies(_ signature: Data, of message: Data) -> Bool {
    (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes))?.isValidSignature(signature, for: message) ?? false
  }
}

/// The private half: whoever has it can change how mail is judged on every machine that trusts its public half.
public struct PrivateRuleKey: Sendable {
  static let prefix = "returnmill-ed25519-private"

  private let key: Curve25519.Signing.PrivateKey
  public let comment: String

  /// Makes a new key.
  public init(comment: String) {
    key = Curve25519.Signing.PrivateKey()
    self.comment = comment.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// Reads a key's line.
  ///
  /// - Parameter place: how messages name where the line stands.
  public init(line: String, in place: String) throws {
    let fields = line.split(whereSeparator: \.isWhitespace)
    guard fields.count >= 2, fields[0] == Self.prefix, let bytes = Data(base64Encoded: String(fields[1])),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
    else {
      throw RulePackError(
        .refused,
        "\(place): not a private key for rule packs: expected the .key file that `returnmill rules keygen` writes")
    }
    self.key = key
    comment = fields.dropFirst(2).joined(separator: " ")
  }

  /// The line, without a line end.
  public var line: String {
    "\(Self.prefix) \(key.rawRepresentation.base64EncodedString())\(comment.isEmpty ? "" : " " + comment)"
  }

  /// The other half.
  public var publicKey: PublicRuleKey {
    PublicRuleKey(bytes: key.publicKey.rawRepresentation, comment: comment)
  }

  func signature(of message: Data) throws -> Data { try key.signature(for: message) }
}

extension Sequence<UInt8> {
  /// Two hexadecimal digits a byte.
  var hex: String { map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }
}
