import Crypto

/// HMAC-SHA256 (RFC 2104) under one key, which is taken in once: half of the work.
///
/// Made of the library's hash. The library's own HMAC takes its text as a generic collection of regions, which costs
/// several times the hash where texts have twenty bytes.
struct MessageCode: Sendable {
  private let inner: SHA256
  private let outer: SHA256

  init(key: SymmetricKey) {
    var block = [UInt8](repeating: 0, count: SHA256.blockByteCount)
    key.withUnsafeBytes { secret in
      if secret.count <= block.count {
        for (at, byte) in secret.enumerated() { block[at] = byte }
      } else {
        var hash = SHA256()
        hash.update(bufferPointer: secret)
        for (at, byte) in hash.finalize().enumerated() { block[at] = byte }
      }
    }
    func begun(_ pad: UInt8) -> SHA256 {
      var hash = SHA256()
      block.map { $0 ^ pad }.withUnsafeBytes { hash.update(bufferPointer: $0) }
      return hash
    }
    inner = begun(0x36)
    outer = begun(0x5C)
  }

  /// Lends the 32 bytes of a text's code.
  func with<Result>(_ text: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    var hash = inner
    hash.update(bufferPointer: text)
    let digest = hash.finalize()
    hash = outer
    digest.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return hash.finalize().withUnsafeBytes(body)
  }
}
