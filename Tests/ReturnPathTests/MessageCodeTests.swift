import Crypto
import Testing

@testable import ReturnPath

@Suite struct MessageCodeTests {
  /// Keys shorter and longer than a block, and of its size.
  @Test(arguments: [16, 32, 63, 64, 65, 200])
  func agreesWithTheLibrary(_ size: Int) {
    let key = SymmetricKey(data: (0..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) })
    let code = MessageCode(key: key)
    for count in [0, 1, 20, 55, 56, 64, 1000] {
      let text = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 13) }
      let own = text.withUnsafeBytes { code.with($0) { Array($0) } }
      #expect(own == Array(HMAC<SHA256>.authenticationCode(for: text, using: key)))
    }
  }

  /// RFC 4231, test case 2.
  @Test func agreesWithTheRFC() {
    let code = MessageCode(key: SymmetricKey(data: Array("Jefe".utf8)))
    let own = Array("what do ya want for nothing?".utf8).withUnsafeBytes { code.with($0) { Array($0) } }
    #expect(own.prefix(8) == [0x5B, 0xDC, 0xC1, 0x46, 0xBF, 0x60, 0x75, 0x4E])
  }
}
