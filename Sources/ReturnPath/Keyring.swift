import ByteSlices
import Crypto
import Foundation

/// The keys that return paths are signed with: the first signs, all of them vouch for what they have signed.
///
/// In a file, or in an environment variable, as entries between white space or commas; `#` begins a comment:
/// ```
/// # The first signs. Keep this file secret.
/// 2:n5uZ2Ww1vEwHq0yqvQe4m8s3v1hQW9kq0c6yq3m2n1o=
/// 1:Zr3l9w2uQ4yqk6d8s0a1b2c3d4e5f6g7h8i9j0k1l2m=
/// ```
/// Each is an id from 0 to 255, a colon, and at least 16 bytes in base64. To rotate, put a new key in front; take an
/// old one out once the tokens that it has signed have expired.
public struct Keyring: Sendable {
  struct Key: Sendable {
    var id: UInt8
    var secret: SymmetricKey
    var code: MessageCode

    init(id: UInt8, secret: SymmetricKey) {
      self.id = id
      self.secret = secret
      code = MessageCode(key: secret)
    }
  }

  let keys: [Key]
  /// By id.
  private let places: [Int]
  /// Stands in for a key that is not there, so that an unknown id takes as long as a known one.
  private static let stranger = Key(id: 0, secret: SymmetricKey(data: [UInt8](repeating: 0x5A, count: 32)))

  /// Reads the entries of a text.
  /// - Parameter place: the file or variable, for errors.
  public init(text: String, from place: String) throws {
    var keys: [Key] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = line.prefix { $0 != "#" }
      for entry in content.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
        func problem(_ what: String) -> ReturnPathError { .key(place: place, line: number + 1, problem: what) }
        guard let colon = entry.firstIndex(of: ":") else {
          throw problem("no colon between the key's id and its secret")
        }
        guard let id = UInt8(entry[..<colon]) else { throw problem("the key's id is not a number from 0 to 255") }
        guard let secret = Data(base64Encoded: String(entry[entry.index(after: colon)...])), secret.count >= 16 else {
          throw problem("the secret of key \(id) is not base64 of 16 bytes or more")
        }
        if keys.contains(where: { $0.id == id }) { throw problem("a second key \(id)") }
        keys.append(Key(id: id, secret: SymmetricKey(data: secret)))
      }
    }
    if keys.isEmpty { throw ReturnPathError.noKeys(place: place) }
    self.keys = keys
    places = (0..<256).map { id in keys.firstIndex { Int($0.id) == id } ?? -1 }
  }

  /// The id of the key that signs.
  public var signingKey: UInt8 { keys[0].id }

  /// Whether there is a key of that id.
  public func has(key id: UInt8) -> Bool { places[Int(id)] >= 0 }

  /// A text that is the same for the same keys, in whatever order, and tells nothing of them.
  public var digest: String {
    let marks = keys.sorted { $0.id < $1.id }.map { key in
      let code = HMAC<SHA256>.authenticationCode(for: Array("returnmill keyring".utf8), using: key.secret)
      return "\(key.id)." + code.prefix(6).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
    return marks.joined(separator: "-")
  }

  /// An entry with a new random secret of 256 bits.
  public static func newEntry(id: UInt8) -> String {
    let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
    return "\(id):\(secret)"
  }

  /// The ids in a text of entries.
  public var ids: [UInt8] { keys.map(\.id) }

  // MARK: signing

  /// Writes the token's 48 letters.
  /// - Parameter id: the key, which must be there; nil for the first.
  public func sign(_ token: ReturnToken, key id: UInt8? = nil, into text: UnsafeMutablePointer<UInt8>) {
    let key = keys[max(places[Int(id ?? keys[0].id)], 0)]
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ReturnToken.byteCount) { bytes in
      guard let base = bytes.baseAddress else { return }
      token.write(to: base, key: key.id)
      Keyring.code(base, key) { code in
        for at in 0..<ReturnToken.byteCount - ReturnToken.signedCount { base[ReturnToken.signedCount + at] = code[at] }
      }
      Base32.encode(base, count: ReturnToken.byteCount, into: text)
    }
  }

  /// The token as text.
  public func sign(_ token: ReturnToken, key id: UInt8? = nil) -> String {
    String(unsafeUninitializedCapacity: ReturnToken.length) {
      guard let base = $0.baseAddress else { return 0 }
      sign(token, key: id, into: base)
      return ReturnToken.length
    }
  }

  /// The token that a text spells, when one of the keys has signed it; nil for any other text.
  ///
  /// Takes the same time whatever is wrong with a text of a token's length: the code is always computed, over a
  /// stand-in key for an id that nobody has, and compared whole. Says nothing of expiry: see ``ReturnToken/validity``.
  public func verify(_ text: ByteSlice) -> ReturnToken? {
    guard text.count == ReturnToken.length else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ReturnToken.byteCount) { bytes -> ReturnToken? in
      guard let base = bytes.baseAddress else { return nil }
      let isSpelled = Base32.decode(text, into: base)
      let place = places[Int(base[1])]
      var difference: UInt8 = place < 0 || !isSpelled ? 1 : 0
      Keyring.code(base, place < 0 ? Keyring.stranger : keys[place]) { code in
        for at in 0..<ReturnToken.byteCount - ReturnToken.signedCount {
          difference |= code[at] ^ base[ReturnToken.signedCount + at]
        }
      }
      return difference == 0 ? ReturnToken(bytes: base) : nil
    }
  }

  private static func code(
    _ bytes: UnsafeMutablePointer<UInt8>, _ key: Key, _ body: (UnsafeRawBufferPointer) -> Void
  ) {
    key.code.with(UnsafeRawBufferPointer(start: bytes, count: ReturnToken.signedCount), body)
  }
}
