import ByteSlices
import CShims
import Crypto

/// The identity of a message: the SHA-256 of its bytes as RFC 5322, with LF for every line end and without what the
/// archive added (the mbox separator, mboxrd's `>`). The same mail in a Maildir and in an mbox has one id.
public struct MessageID: Hashable, Sendable {
  /// The digest's 32 bytes, as four big-endian words.
  public var words: SIMD4<UInt64>

  public init(words: SIMD4<UInt64>) { self.words = words }

  /// The identity of canonical message bytes.
  public init(of message: ByteSlice) {
    var words = SIMD4<UInt64>()
    SHA256.hash(data: message.raw).withUnsafeBytes { digest in
      for i in 0..<4 { words[i] = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: i * 8, as: UInt64.self)) }
    }
    self.words = words
  }

  /// Reads 64 hexadecimal digits.
  public init?(hex: ByteSlice) {
    guard hex.count == 64 else { return nil }
    var words = SIMD4<UInt64>()
    for i in 0..<4 {
      var word: UInt64 = 0
      guard rm_hex_word(hex.base + i * 16, &word) != 0 else { return nil }
      words[i] = word
    }
    self.words = words
  }

  /// Writes the 64 hexadecimal digits.
  public func write(hexTo buffer: ByteBuffer) {
    let place = buffer.reserve(64)
    for i in 0..<4 { rm_word_hex(words[i], place + i * 16) }
    buffer.commit(64)
  }

  /// 64 hexadecimal digits.
  public var hex: String {
    let buffer = ByteBuffer(capacity: 64)
    write(hexTo: buffer)
    return String(buffer.slice)
  }
}
